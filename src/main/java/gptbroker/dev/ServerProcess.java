package gptbroker.dev;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Starting, finding and stopping the server processes. They outlive a killed broker; the next one finds them here. */
final class ServerProcess {
    private static final int SHOWN_LOG_LINES = 12;

    private ServerProcess() {}

    /**
     * Starts a server in a session of its own: a Ctrl-C on the terminal goes to the broker alone, which needs its
     * stores until it has drained.
     */
    static Process start(List<String> command, Path folder, Path log) {
        var detached = new ArrayList<String>();
        if (onPath("setsid").isPresent()) {
            detached.add("setsid");
        } else if (onPath("perl").isPresent()) {
            detached.addAll(List.of("perl", "-e", "use POSIX 'setsid'; setsid(); exec @ARGV", "--"));
        }
        detached.addAll(command);
        try {
            return new ProcessBuilder(detached)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        } catch (IOException e) {
            throw new DevException(command.getFirst() + " cannot be started: " + e.getMessage(), e);
        }
    }

    /** Runs a command to its end, with this text as its input; fails with its output. */
    static String run(List<String> command, Path folder, String input) {
        try {
            var process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .start();
            try (var stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // The command did not want its input; its exit value tells.
            }
            var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new DevException(String.join(" ", command) + " failed: " + output.strip());
            }
            return output;
        } catch (IOException e) {
            throw new DevException(command.getFirst() + " cannot be run: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DevException("Interrupted while running " + command.getFirst(), e);
        }
    }

    /** Whether a command exists and ends well. */
    static boolean succeeds(List<String> command) {
        try {
            run(command, Path.of("/"), "");
            return true;
        } catch (DevException e) {
            return false;
        }
    }

    /** Processes of this program that work in this folder: those that a killed broker left behind. */
    static List<ProcessHandle> inFolder(String program, Path folder) {
        return ProcessHandle.allProcesses()
                .filter(process -> isProgram(process, program) && worksIn(process, folder))
                .toList();
    }

    private static boolean isProgram(ProcessHandle process, String program) {
        var command = process.info().command().orElse("");
        return command.substring(command.lastIndexOf('/') + 1).startsWith(program);
    }

    private static boolean worksIn(ProcessHandle process, Path folder) {
        var cwd = Path.of("/proc", Long.toString(process.pid()), "cwd");
        if (Files.isSymbolicLink(cwd)) {
            try {
                return Files.readSymbolicLink(cwd).equals(folder);
            } catch (IOException e) {
                return false;
            }
        }
        // Without /proc (macOS) the arguments name the folder.
        return process.info()
                .arguments()
                .map(arguments -> String.join(" ", arguments).contains(folder.toString()))
                .orElse(false);
    }

    /** SIGTERM, patience, then SIGKILL. Does nothing for a process that is gone. */
    static void stop(ProcessHandle process, Duration patience) {
        process.destroy();
        if (!ended(process, patience)) {
            process.destroyForcibly();
            ended(process, patience);
        }
    }

    /** Waits for a process to end; false when it still runs. */
    static boolean ended(ProcessHandle process, Duration patience) {
        try {
            process.onExit().get(patience.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return !process.isAlive();
        }
    }

    /** The first executable file of this name on the PATH. */
    static Optional<Path> onPath(String program) {
        // The environment that the children get, not a setting of ours.
        var path = new ProcessBuilder().environment().getOrDefault("PATH", "/usr/bin:/bin");
        for (var folder : path.split(":")) {
            var file = Path.of(folder.isEmpty() ? "." : folder, program);
            if (Files.isRegularFile(file) && Files.isExecutable(file)) {
                return Optional.of(file.toAbsolutePath());
            }
        }
        return Optional.empty();
    }

    /** The last lines of a server's log, for the message about its failure. */
    static String tail(Path log) {
        try {
            var lines = Files.exists(log)
                    ? new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                            .lines()
                            .toList()
                    : List.<String>of();
            return String.join("\n", lines.subList(Math.max(0, lines.size() - SHOWN_LOG_LINES), lines.size()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
