"""Small experiments that show why adversarial learning works, and why it fails: `rivals lab`.

One experiment a file: a function with typed options under the decorator `experiment`, found by parsing its file.
"""
