"""What goes over the socket."""
