package gptbroker;

/** Entry point. */
public final class Broker {
    private Broker() {}

    public static void main(String[] args) {}
}
