# SeedΔ in a container: one stage builds, the other carries only what runs (a jlink runtime instead of a JDK).
#
#   docker build -t seeddelta --target runtime .
#   docker run --rm --network none -v "$PWD/out:/out" seeddelta demo
#   docker run --rm --network none -v "$PWD/models:/models:ro" -v "$PWD/out:/out" seeddelta inspect /models/model.gguf
#
# Runs as uid 10001, or as whoever `docker run --user` names; /out must be writable for that user. Nothing is fetched
# at run time. `scripts/image` builds the same image where no registry can be reached.
#
# One base for all stages, so that both have the same C library. Debian 13 carries OpenJDK 25.
ARG BASE_IMAGE=debian:trixie-slim@sha256:3a39a0592364683e6bab97937b72cad5a8fa6dcbbee90edb3bb48c7f8e94f258

FROM ${BASE_IMAGE} AS native
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        ca-certificates ccache cmake g++ git maven ninja-build openjdk-25-jdk-headless \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY cmake cmake
COPY native native
# ON runs on every x86-64 CPU with AVX2; OFF tunes ggml for the machine that builds the image.
ARG PORTABLE=ON
# A folder or bundle below native/ with the pinned llama.cpp; empty: the build fetches it.
ARG LLAMA_SOURCE=
ENV SEEDDELTA_LLAMA_SOURCE=${LLAMA_SOURCE:+/src/native/${LLAMA_SOURCE}}
RUN cmake -S native -B build/fork -G Ninja -DCMAKE_BUILD_TYPE=Release -DSEEDDELTA_PORTABLE=${PORTABLE} \
    && cmake --build build/fork

FROM native AS package
COPY . .
RUN scripts/lib/stage-image /opt/seeddelta

FROM ${BASE_IMAGE} AS runtime
COPY --from=package /opt/seeddelta /opt/seeddelta
RUN useradd --uid 10001 --create-home seeddelta && mkdir /models /out && chown seeddelta /out
USER seeddelta
WORKDIR /out
VOLUME ["/models", "/out"]
ENTRYPOINT ["/opt/seeddelta/seeddelta"]
CMD ["--help"]

# The same image with upstream's own unpatched tools, for `eval --reference` and for the tests.
FROM native AS reference
# Said again: an argument ends with its stage.
ARG PORTABLE=ON
RUN cmake -S native -B build/reference -G Ninja -DCMAKE_BUILD_TYPE=Release -DSEEDDELTA_PORTABLE=${PORTABLE} \
        -DSEEDDELTA_LLAMA_VARIANT=reference \
    && cmake --build build/reference --target llama-perplexity && mkdir /opt/reference \
    && cp -a build/reference/bin/lib*.so* build/reference/bin/llama-perplexity /opt/reference/

FROM runtime AS check
COPY --from=reference /opt/reference /opt/seeddelta/home/build/reference/bin

# Without --target: what runs, and nothing more.
FROM runtime
