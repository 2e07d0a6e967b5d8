"""The two gates: does this load look like itself, and may this build be released?

`gates.run_gate` is the only door. Great Expectations is imported behind it, because it is the
slowest import of the whole stack.
"""
