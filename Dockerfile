# One image, one binary. Build: docker build -t battlescope .   Compose: infra/compose.yaml

FROM swift:6.3-bookworm AS builder
# The distribution's current version is wanted: the base image pins the release.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpq-dev libhiredis-dev libssl-dev libjemalloc-dev zlib1g-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# Dependencies first: they change seldom and then come from the cache.
COPY Package.swift Package.resolved* ./
RUN swift package resolve
COPY Sources Sources
RUN swift build -c release --static-swift-stdlib --explicit-target-dependency-import-check error --product battlescope \
    && swift build -c release --static-swift-stdlib --explicit-target-dependency-import-check error --product eve-simulator \
    && install -D -t /out "$(swift build -c release --show-bin-path)/battlescope" "$(swift build -c release --show-bin-path)/eve-simulator" \
    && strip /out/*

FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl libpq5 libhiredis0.14 libjemalloc2 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin battlescope
COPY --from=builder /out/ /usr/local/bin/
COPY plugins.d /etc/battlescope/plugins.d
ENV BATTLESCOPE_LISTEN=0.0.0.0:8080 \
    BATTLESCOPE_EMBEDDED=never \
    BATTLESCOPE_PLUGINS_DIR=/etc/battlescope/plugins.d
EXPOSE 8080
# A number, so that Kubernetes can see that it is not root. Nothing is written: the root file system may be read-only.
USER 10001:10001
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8080/healthz"]
ENTRYPOINT ["/usr/local/bin/battlescope"]
CMD ["serve"]
