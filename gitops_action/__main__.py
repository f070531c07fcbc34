"""`python -m gitops_action` is `gitops-action`."""

from gitops_action.cli import main

if __name__ == "__main__":
    main()
