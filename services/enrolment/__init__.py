"""Photos of people become the gallery file; what is odd about the photos is named."""
