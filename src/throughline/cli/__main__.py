"""Run the command line as `python -m throughline.cli`."""

from throughline.cli.entry import main

if __name__ == "__main__":
    main()
