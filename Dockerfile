# SeedΔ in a container: one stage builds, the other carries only what runs (a jlink runtime instead of a JDK).
#
#   docker build -t seeddelta .
#   docker run --rm -v "$PWD/out:/out" seeddelta demo
#   docker run --rm -v "$PWD/models:/models:ro" -v "$PWD/out:/out" seeddelta inspect /models/model.gguf
#
# Nothing is fetched at run time. The two base images must have the same C library.
ARG BUILD_IMAGE=eclipse-temurin:25-jdk-noble
ARG RUNTIME_IMAGE=ubuntu:24.04

FROM ${BUILD_IMAGE} AS build
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates cmake ninja-build g++ git npm maven binutils \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# ON runs on every x86-64 CPU with AVX2; OFF tunes ggml for the machine that builds the image.
ARG PORTABLE=ON
RUN cmake -S native -B build/fork -G Ninja -DCMAKE_BUILD_TYPE=Release -DSEEDDELTA_PORTABLE=${PORTABLE} \
    && cmake --build build/fork
RUN . scripts/lib/toolchain.sh && JAVA_HOME=$(sd_find_jdk) && export JAVA_HOME \
    && mvn -B -q -Dmaven.test.skip=true package \
    && "$JAVA_HOME/bin/jlink" --output /opt/seeddelta/java --strip-debug --no-header-files --no-man-pages \
        --add-modules "$("$JAVA_HOME/bin/jdeps" --print-module-deps --ignore-missing-deps --multi-release 25 \
            -cp 'target/lib/*' target/classes),jdk.unsupported" \
    && mkdir -p /opt/seeddelta/lib /opt/seeddelta/home/build/fork/bin \
    && cp -r target/classes /opt/seeddelta/classes && cp target/lib/*.jar /opt/seeddelta/lib/ \
    && cp -a build/fork/bin/lib*.so* build/fork/bin/llama-perplexity build/fork/bin/llama-completion \
        build/fork/bin/llama-bench /opt/seeddelta/home/build/fork/bin/ \
    && cp build/fork/seeddelta-build.json /opt/seeddelta/home/build/fork/ \
    && mkdir -p /opt/seeddelta/home/native && cp -r native/llama /opt/seeddelta/home/native/ \
    && cp scripts/lib/container-entry /opt/seeddelta/seeddelta && cp LICENSE NOTICE /opt/seeddelta/

FROM ${RUNTIME_IMAGE}
COPY --from=build /opt/seeddelta /opt/seeddelta
RUN useradd --uid 10001 --create-home seeddelta && mkdir -p /out /models && chown seeddelta /out
USER seeddelta
WORKDIR /out
VOLUME ["/models", "/out"]
ENTRYPOINT ["/opt/seeddelta/seeddelta"]
CMD ["--help"]
