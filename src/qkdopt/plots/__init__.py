"""Pictures of keys and schedules: functions that take and return matplotlib axes."""
