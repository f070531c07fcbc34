# What act runs a job's steps in, where GitHub has its virtual machine: a shell, Git, and Node.js for JavaScript actions.
ARG BASE
FROM ${BASE}
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git nodejs \
    && rm -rf /var/lib/apt/lists/*
CMD ["bash"]
