"""What words become: markup and names."""
