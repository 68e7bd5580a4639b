"""Published weights in, ONNX graphs out."""
