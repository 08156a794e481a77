# Storecast, served by an unprivileged user from a slim image; it writes to /tmp only.
ARG BASE=python:3.11-slim
FROM ${BASE} AS build
# EXTRAS=[arrow] adds Arrow streams, and 170 MB to the image.
ARG EXTRAS=
WORKDIR /src
COPY constraints.txt hashes.txt* pyproject.toml README.md ./
COPY pricing pricing
COPY service service
COPY upkeep upkeep
# With hashes.txt (make hashes), what the service needs is checked by it.
RUN python -m venv /opt/storecast \
    && if [ -e hashes.txt ]; then /opt/storecast/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r hashes.txt; fi \
    && /opt/storecast/bin/python -m pip install --no-cache-dir --disable-pip-version-check -c constraints.txt ".${EXTRAS}"

FROM ${BASE}
LABEL org.opencontainers.image.title="Storecast" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --system --no-create-home --uid 10001 storecast
COPY --from=build /opt/storecast /opt/storecast
ENV PATH=/opt/storecast/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=8000
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/readyz', timeout=2)"]
CMD ["python", "-m", "service"]
