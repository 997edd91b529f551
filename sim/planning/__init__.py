"""Planning: whom to hire, what a set of accounts reaches, where the answer flips."""
