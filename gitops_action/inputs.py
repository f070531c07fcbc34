"""The inputs and outputs of the action, said once: `action.yml`, the CLI's help and README are held to this table."""

from __future__ import annotations

from typing import Final

from gitops_action.records import dataclass


@dataclass(frozen=True, slots=True)
class Input:
    """One input of the action. `option` is the command line's name for it, "" if it has none."""

    name: str
    description: str
    default: str = ""
    option: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """One output of the action."""

    name: str
    description: str


COMMANDS: Final = {
    "check": "Check what a change of a repository would do: render, validate, diff, report.",
    "validate": "Validate files, folders or standard input.",
    "render": "Print the manifests that files and overlays give.",
    "diff": "Show what would change between two revisions.",
    "matrix": "Print the legs in which separate jobs can do a check, for `strategy.matrix`.",
    "report merge": "Make one report of those that the legs of a matrix wrote.",
    "promote": "Propose what changed in one environment to another by pull request, or write it into the work tree.",
    "promote plan": "Say what would be promoted where, and why the rest would not.",
    "promote status": "Show the environments side by side: what each has, and what is on its way.",
    "promote reconcile": "Make the pull requests of all promotion paths what they should be.",
    "deploy": "Bring an environment to a commit, or wait until Flux has, and say so on GitHub.",
    "history": "Show the deployments of an environment: what, when, by whom, with what result.",
    "drift": "Show where clusters differ from Git although nobody changed Git.",
    "rollback": "Propose by pull request what an environment was when it was last healthy.",
    "status": "Show how Flux's sources, Kustomizations and HelmReleases stand, and which commit of Git each has.",
    "doctor": "Say what is missing for each job, on this machine, on GitHub and in clusters, and how to mend it.",
    "image plan": "Say which newer images policies pick, where they would be written, and why the rest stays.",
    "image update": "Propose newer images by pull request, or write them into the work tree.",
    "image set": "Set images to what a pipeline has just built, by pull request, by push or in the work tree.",
}

ONLY_IN_CLI: Final = {
    "init": "Set up a configuration repository, or gitops-action in one that is there. Nothing is overwritten.",
    "init flux": "Write what `flux bootstrap github` leaves in a repository, so that a cluster follows it.",
    "create source git": "Write a GitRepository of Flux into a cluster's folder, or propose it by pull request.",
    "create kustomization": "Write a Kustomization of Flux into a cluster's folder, or propose it by pull request.",
    "lock": "Keep changes from an environment, or from one component in it.",
    "unlock": "Take such a lock away.",
}
"""Commands that make sense on a command line only."""

ONLY_IN_ACTION: Final = {
    "comment": "Post the report of a run that could not, such as one of a pull request from a fork.",
    "chat": "Do what a comment on a pull request orders, such as /promote staging production.",
}
"""Commands that make sense in a workflow only."""

INPUTS: Final = (
    Input("command", f"The job to do: {', '.join([*COMMANDS, *ONLY_IN_ACTION])}.", "check"),
    Input("repo", "Folder of the Git repository, relative to the workspace.", ".", "--repo"),
    Input("base", "Revision to compare with. Found from the event where empty.", "", "--base"),
    Input("head", "Revision under check. Found from the event where empty.", "", "--head"),
    Input("all", "Check everything at head, not only what the change affects.", "false", "--all"),
    Input("paths", "Files or folders for `validate` and `render`, one a line.", "."),
    Input(
        "config", "Configuration file in the repository. `.gitops.yaml`, if there is one, where empty.", "", "--config"
    ),
    Input(
        "engine",
        "Engines that judge manifests, separated by commas: schema, kubeconform, apiserver. The configuration's where empty.",
        "",
        "--engine",
    ),
    Input(
        "kubernetes-version",
        "Kubernetes versions to validate against, separated by commas, such as 1.36. The configuration's where empty.",
        "",
        "--kubernetes-version",
    ),
    Input(
        "fail-on",
        "Least severity that fails the job: error, warning, info or never. The configuration's where empty.",
        "",
        "--fail-on",
    ),
    Input(
        "kubeconfig",
        "Kubeconfig of the clusters to preview the change in, by dry runs. No cluster is looked at where empty.",
        "",
        "--kubeconfig",
    ),
    Input(
        "context",
        "Contexts of the kubeconfig: CONTEXT, or ENVIRONMENT=CONTEXT for each environment, one a line.",
        "",
        "--context",
    ),
    Input("server", "Address of the one cluster to preview in, instead of a kubeconfig.", "", "--server"),
    Input(
        "certificate-authority",
        "Authority that signed the server's certificate: PEM, or a file of it. The system's where empty.",
        "",
        "--certificate-authority",
    ),
    Input("token", "Token for the server; of an account that can do nothing but dry runs. See docs/preview.md."),
    Input("shard", "The one leg of a matrix to do, as the command `matrix` names it. All where empty.", "", "--shard"),
    Input(
        "by", "What `matrix` has a leg for: environment, or cluster (context of the kubeconfig).", "environment", "--by"
    ),
    Input("shards", "Instead, `matrix` has this many legs of about the same size. 0 is none.", "0", "--shards"),
    Input("reports", "Folder of the reports for `report merge`, relative to the workspace.", "reports"),
    Input("from", "The source environment of a promotion. All promotion paths where empty.", "", "--from"),
    Input(
        "to",
        "The target environment of a promotion, with `from`; or the commit that `rollback` goes back to.",
        "",
        "--to",
    ),
    Input("component", "Only this component, for `promote`. All where empty.", "", "--component"),
    Input("mode", "What is promoted: delta, sync or fields. The configuration's where empty.", "", "--mode"),
    Input(
        "since", "Promote what changed after this revision. Where the last promotion ended, where empty.", "", "--since"
    ),
    Input(
        "environment",
        "The environment for `deploy`, `history`, `drift`, `rollback` and `image set`. All for `drift` where empty.",
    ),
    Input("via", "Who writes to the cluster: apply or flux. The configuration's where empty.", "", "--via"),
    Input("revision", "The commit to deploy, or to compare a cluster with.", "HEAD", "--revision"),
    Input(
        "timeout",
        "How long to wait until all is healthy, such as 10m. The configuration's where empty.",
        "",
        "--timeout",
    ),
    Input("force-conflicts", "Take fields over that somebody else set in the cluster.", "false", "--force-conflicts"),
    Input("older", "Deploy a commit although a newer one is deployed that contains it.", "false", "--older"),
    Input("prune", "Kinds to delete when they leave Git although they are kept otherwise, one a line.", "", "--prune"),
    Input(
        "kustomization",
        "Flux's Kustomizations to wait for, as NAMESPACE/NAME, one a line. Found where empty.",
        "",
        "--kustomization",
    ),
    Input("settle", "How long after the first look `drift` looks again, such as 60s.", "60s", "--settle"),
    Input("undeclared", "Also list what is in the cluster and nobody declared.", "false", "--undeclared"),
    Input(
        "heal",
        "Make what has drifted what Git says, if neither a lock nor a rollout speaks against it.",
        "false",
        "--heal",
    ),
    Input("heal-limit", "Heal nothing where more objects than this have drifted.", "10", "--heal-limit"),
    Input("issue", "Keep one issue for each environment that has drifted.", "true", "--issue"),
    Input("reason", "Why it is rolled back, for those who review it.", "", "--reason"),
    Input("limit", "How many deployments `history` shows at most.", "20", "--limit"),
    Input("job", "The jobs that `doctor` looks at, one a line. What the configuration shows where empty.", "", "--job"),
    Input("policies", "Policies that `image plan` and `image update` look at, one a line. All where empty."),
    Input("images", "What `image set` sets: APP=REF, one a line, such as web=1.2.3 or web=ghcr.io/acme/web:1.2.3."),
    Input("push", "Push what `image set` sets to the main branch, instead of proposing it.", "false", "--push"),
    Input(
        "registry-credentials",
        "Credentials of registries, and of hosts of charts: HOST=USER:PASSWORD, one a line, or docker's config.json.",
    ),
    Input(
        "config-repository",
        "The repository that has the configuration, as OWNER/NAME, where the workflow runs for another one.",
    ),
    Input("dry-run", "Only say what would be done.", "false", "--dry-run"),
    Input(
        "matrix", "What the command `matrix` gave, so that `report merge` names legs without a report.", "", "--matrix"
    ),
    Input(
        "output-file",
        "Where to write the report, relative to the workspace, one file a line. The ending says how: .json, .html, .sarif, .xml (JUnit), .md or .txt.",
        "gitops-report.json",
    ),
    Input("comment", "Post or update one comment on the pull request.", "true"),
    Input(
        "comment-author",
        "Login that owns our comment, where the token is not the workflow's own. The configuration's where empty.",
    ),
    Input("artifact", "Artifact with the report that `comment` posts.", "gitops-report"),
    Input("annotations", "Show findings as annotations of the changed files.", "true"),
    Input("github-token", "Token that posts the comment; needs `pull-requests: write`.", "${{ github.token }}"),
    Input("app-id", "Id of a GitHub App, whose token is used instead where its key is given too."),
    Input("app-private-key", "Private key of that App, as PEM."),
)

OUTPUTS: Final = (
    Output("result", "passed, failed or incomplete."),
    Output("has-changes", "true if an object would be created, updated, replaced or deleted."),
    Output("changes-count", "How many objects would change."),
    Output("report-path", "The report, relative to the workspace; the first file of `output-file`."),
    Output("matrix", "The legs for `strategy.matrix` that the command `matrix` found, as JSON."),
    Output("promotions", "What is on its way between environments, and what was done about it, as JSON."),
    Output("deployment", "The record of the deployment that `deploy` did, as JSON."),
    Output("drifted", "true if a cluster has drifted from Git and was not healed."),
    Output("drift", "What `drift` found, as JSON."),
    Output("history", "The deployments that `history` found, as JSON."),
    Output("rollback-url", "The pull request of the `rollback`."),
    Output("images", "What the image commands updated and their pull requests, as JSON."),
    Output("comment-url", "The pull request's comment, empty if there is none."),
)

_BY_NAME: Final = {entry.name: entry for entry in INPUTS}


def describe(name: str) -> str:
    """Return the description of one input, for the help of the option that means the same."""
    return _BY_NAME[name].description
