"""The optimisation tower: from whole bits per link and interval to certified schedules."""
