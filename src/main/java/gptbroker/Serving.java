package gptbroker;

/** A process that serves, whatever its role: built, started, drained and closed in this order. */
interface Serving extends AutoCloseable {
    /** Opens both listeners. */
    void start();

    /** The bound port of the public listener. */
    int publicPort();

    /** The bound port of the internal listener. */
    int internalPort();

    /** Lets running requests end; {@link #close} must follow. */
    void drain() throws InterruptedException;

    @Override
    void close();
}
