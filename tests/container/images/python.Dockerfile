# In place of python:<version>-slim: Debian's Python under the names and the folder that the real image has.
ARG BASE
FROM ${BASE}
ENV LANG=C.UTF-8
RUN ln -s /usr/bin/python3 /usr/local/bin/python3 \
    && ln -s /usr/bin/python3 /usr/local/bin/python \
    && ln -s /usr/bin/pip3 /usr/local/bin/pip
CMD ["python3"]
