"""What people do on pages and in apps: trackers and server logs."""
