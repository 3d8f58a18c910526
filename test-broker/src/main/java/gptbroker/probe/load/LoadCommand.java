package gptbroker.probe.load;

import picocli.CommandLine.Command;

@Command(name = "load")
public final class LoadCommand implements Runnable {
    @Override
    public void run() {}
}
