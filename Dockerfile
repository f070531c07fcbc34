# The image that the action runs in. Nothing is downloaded at run time: whatever a check needs is in here.
# Plain instructions only (no BuildKit extensions), as act builds an action's image with Docker's classic builder.

# 1. The programs, as pinned under tools/. Another one is one more word after --into.
FROM golang:1.26.8-trixie AS tools
# Debian keeps only the newest build of a package, so that a pinned one would soon fail to install.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 \
    && rm -rf /var/lib/apt/lists/*
COPY tools/build.py /src/tools/
# The API server alone takes minutes: a layer of its own, kept while the others change.
COPY tools/kubernetes/ /src/tools/kubernetes/
COPY tools/etcd/ /src/tools/etcd/
RUN python3 /src/tools/build.py --into /out kube-apiserver etcd
COPY tools/kubeconform/ /src/tools/kubeconform/
COPY tools/kustomize/ /src/tools/kustomize/
COPY tools/helm/ /src/tools/helm/
RUN python3 /src/tools/build.py --into /out kubeconform kustomize helm

# 2. The package and its locked dependencies, in an environment of their own, without pip.
FROM python:3.13.13-slim-trixie AS package
WORKDIR /src
RUN python -m venv /build && python -m venv --without-pip /opt/gitops-action
COPY requirements.lock requirements-build.lock ./
RUN /build/bin/pip install --no-cache-dir --require-hashes --only-binary :all: --requirement requirements-build.lock \
    && /build/bin/pip --python /opt/gitops-action/bin/python install \
        --no-cache-dir --no-deps --require-hashes --only-binary :all: --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY schemas/ schemas/
COPY deploy/ deploy/
COPY gitops_action/ gitops_action/
RUN /build/bin/pip wheel --no-cache-dir --no-deps --no-index --no-build-isolation --wheel-dir /dist . \
    && /build/bin/pip --python /opt/gitops-action/bin/python install --no-cache-dir --no-deps --no-index /dist/*.whl

# 3. What runs. GitHub wants root and no working directory of the image's own: it mounts the workspace, and starts us there.
FROM python:3.13.13-slim-trixie
LABEL org.opencontainers.image.title="gitops-action" \
      org.opencontainers.image.description="Check, promote and deploy Kubernetes configuration that is kept in Git." \
      org.opencontainers.image.licenses="Apache-2.0"
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git \
    && rm -rf /var/lib/apt/lists/*
COPY --from=tools /out/ /usr/local/bin/
COPY --from=package /opt/gitops-action/ /opt/gitops-action/
# Where an API server is named like this, it judges what changes as well, unless the configuration says otherwise.
ENV PATH=/opt/gitops-action/bin:$PATH KUBEBUILDER_ASSETS=/usr/local/bin
# -I: the workspace belongs to the pull request; nothing in it, and no PYTHON* variable, may be imported. -u: output that is
# read while we run keeps its order.
ENTRYPOINT ["/opt/gitops-action/bin/python", "-I", "-u", "-m", "gitops_action.action"]
