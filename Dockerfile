# The broker alone: no embedded servers, no env files, no root. Builds with BuildKit and without it.

FROM maven:3.9-eclipse-temurin-25 AS build
WORKDIR /src
# Dependencies first: this layer changes only with the pom.
COPY pom.xml ./
RUN mvn -B -ntp -q -DskipTests -Dspotless.check.skip package
COPY src/main src/main
COPY deploy/docker/Train.java ./
RUN mvn -B -ntp -q -DskipTests -Dspotless.check.skip package && javac -d target/training Train.java

FROM eclipse-temurin:25-jre AS base
# Any user may run it; group 10001 may write /app/data, which holds spilled archive records.
RUN groupadd --system --gid 10001 broker \
 && useradd --system --uid 10001 --gid 10001 --home-dir /app --no-create-home --shell /usr/sbin/nologin broker \
 && install -d -o 10001 -g 10001 -m 2770 /app/data
WORKDIR /app
COPY --from=build /src/target/lib lib/
COPY --from=build /src/target/broker.jar ./
COPY deploy/docker/java.options deploy/docker/healthcheck ./
# A class path in fixed order, as the AOT cache demands; lib/* would be in the file system's order.
RUN printf '%s\n' "-cp $(printf '%s:' broker.jar lib/*.jar)" >> java.options

# One broker answers some requests here, so that its classes are loaded and linked beforehand in the AOT cache.
FROM base AS train
COPY --from=build /src/target/lib-embedded lib-embedded/
COPY --from=build /src/target/training training/
COPY deploy/docker/train ./
USER 10001
RUN ./train /tmp/trained

FROM base
COPY --from=train /tmp/trained/ ./
# glibc's arenas cost memory per thread and bring this program nothing.
ENV MALLOC_ARENA_MAX=2 DATA_DIR=/app/data
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["/app/healthcheck"]
ENTRYPOINT ["java", "@/app/java.options", "gptbroker.Broker"]
CMD ["serve"]
