# The image: one executable, on a base that has glibc and nothing to log into.
#
#   docker build --tag denodis .
#   docker run --publish 6379:6379 --volume denodis:/data denodis --maxmemory 100mb
#
# Arguments are options of denodis and override those of ENTRYPOINT; a configuration file is one of them:
#   docker run --volume ./redis.conf:/etc/redis.conf:ro denodis --include /etc/redis.conf

# The build runs on the builder's own architecture whatever it builds for: deno compiles for the other one too.
FROM --platform=$BUILDPLATFORM denoland/deno:2.9.6 AS build
WORKDIR /build
COPY deno.json deno.lock main.ts config.ts ./
COPY src/ src/
ARG TARGETARCH
RUN case "$TARGETARCH" in \
      amd64) target=x86_64-unknown-linux-gnu ;; \
      arm64) target=aarch64-unknown-linux-gnu ;; \
      *) echo "Deno does not run on $TARGETARCH" >&2; exit 1 ;; \
    esac \
    && COMPILE_FLAGS="--target $target" deno task compile \
    && mkdir data

FROM gcr.io/distroless/cc-debian13:nonroot
COPY --from=build /build/dist/denodis /usr/local/bin/denodis
# The user id of Redis's own image, so that its volumes can be used. As a number, Kubernetes sees that it is not root.
COPY --from=build --chown=999:999 /build/data /data
USER 999:999
WORKDIR /data
VOLUME /data
EXPOSE 6379
# Who gives --port says where to ask: docker run --health-cmd "denodis --ping 7000".
HEALTHCHECK --interval=30s --timeout=6s --start-period=60s --retries=3 CMD ["denodis", "--ping"]
# A container is reached from outside: what may connect is decided by the ports that are published.
ENTRYPOINT ["denodis", "--bind", "*", "-::*", "--protected-mode", "no", "--dir", "/data"]
