"""What a camera and its owner do: send photos, collect names."""
