"""The admin: what is going on, for those who run the site. `chat.apps.AdminConfig` loads its modules."""
