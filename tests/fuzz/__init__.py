"""Near-valid input for everything that reads: nothing may end in a traceback, hang, or eat the machine."""
