"""Follower graphs: grown from a recipe, read from files, shown to NetworkX."""
