"""What runs the nets, in C++, and how it is compiled."""
