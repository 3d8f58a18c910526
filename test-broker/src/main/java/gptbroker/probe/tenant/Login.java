package gptbroker.probe.tenant;

/** Who signs in, and with which password. */
public record Login(Secret email, Secret password) {}
