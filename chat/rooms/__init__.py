"""What lives: the open rooms of this process, their events and their people."""
