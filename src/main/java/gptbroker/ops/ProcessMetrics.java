package gptbroker.ops;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.util.Locale;

/** The JVM's and the process's basics, under the names that Prometheus clients in every language use. */
final class ProcessMetrics {
    private ProcessMetrics() {}

    static void append(StringBuilder text) {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            one(text, "process_cpu_seconds_total", "counter", "CPU time used", system.getProcessCpuTime() / 1e9);
            one(text, "process_open_fds", "gauge", "Open file descriptors", system.getOpenFileDescriptorCount());
            one(text, "process_max_fds", "gauge", "Limit of file descriptors", system.getMaxFileDescriptorCount());
        }
        var runtime = ManagementFactory.getRuntimeMXBean();
        one(text, "process_start_time_seconds", "gauge", "Start, in Unix time", runtime.getStartTime() / 1e3);
        one(
                text,
                "jvm_threads_current",
                "gauge",
                "Platform threads",
                ManagementFactory.getThreadMXBean().getThreadCount());
        memory(text, ManagementFactory.getMemoryMXBean());
        collections(text);
    }

    private static void memory(StringBuilder text, MemoryMXBean memory) {
        head(text, "jvm_memory_used_bytes", "gauge", "Memory in use");
        sample(
                text,
                "jvm_memory_used_bytes{area=\"heap\"}",
                memory.getHeapMemoryUsage().getUsed());
        sample(
                text,
                "jvm_memory_used_bytes{area=\"nonheap\"}",
                memory.getNonHeapMemoryUsage().getUsed());
        head(text, "jvm_memory_max_bytes", "gauge", "Limit of memory, -1 when there is none");
        sample(
                text,
                "jvm_memory_max_bytes{area=\"heap\"}",
                memory.getHeapMemoryUsage().getMax());
    }

    private static void collections(StringBuilder text) {
        String name = "jvm_gc_collection_seconds";
        head(text, name, "summary", "Time in garbage collection");
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            String labels = "{gc=\"" + collector.getName() + "\"}";
            sample(text, name + "_count" + labels, Math.max(0, collector.getCollectionCount()));
            sample(text, name + "_sum" + labels, Math.max(0, collector.getCollectionTime()) / 1e3);
        }
    }

    private static void one(StringBuilder text, String name, String type, String help, double value) {
        head(text, name, type, help);
        sample(text, name, value);
    }

    private static void head(StringBuilder text, String name, String type, String help) {
        text.append(String.format(Locale.ROOT, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type));
    }

    private static void sample(StringBuilder text, String series, double value) {
        text.append(series).append(' ').append(value).append('\n');
    }
}
