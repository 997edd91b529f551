"""Against real cascades: observed posts read, replayed by the simulator, compared target by target."""
