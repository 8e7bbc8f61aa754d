"""The command line."""


def main() -> None:
    """Run the command line; the module that composes it is loaded here, so that importing the package loads nothing."""
    from serving.cli import program

    program.main()
