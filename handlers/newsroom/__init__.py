"""Newsroom: what feeds bring becomes stories, and a week of stories an edition."""
