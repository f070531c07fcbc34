# In place of golang:<version>: this machine's Go, and the tools it has already built. tools/build.py takes those only if all
# their inputs are the same, and builds the others.
ARG BASE
FROM ${BASE}
COPY go/ /usr/local/go/
COPY tool-cache/ /root/.cache/gitops-action/
ENV GOPATH=/go GOTOOLCHAIN=local PATH=/go/bin:/usr/local/go/bin:$PATH
WORKDIR /go
