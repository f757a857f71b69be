"""What `relay …` can do, one file a command."""
