"""The two ways a run can fail that are not bugs."""


class UserError(Exception):
    """The user's input is wrong (exit code 2).

    The message names the file, the table and key (or the line), what was
    found, what is allowed and what to do.
    """


class EnvironmentFailure(Exception):
    """The machine cannot do it: disk, memory, port (exit code 3)."""
