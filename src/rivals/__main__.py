"""`python -m rivals`, and `torchrun -m rivals`."""

from rivals.cli.main import main

if __name__ == "__main__":
    main()
