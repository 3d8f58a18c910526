package gptbroker.cache;

import gptbroker.http.Exchange;
import java.util.List;
import java.util.Locale;

/** What a request's own header says about cached answers. */
enum Wish {
    /** One is welcome. */
    LOOK,
    /** It must be a new one ({@code no-cache}), which may be kept for the next. */
    REFRESH,
    /** None is wanted and none to be kept ({@code no-store}), or the answer is only part of one. */
    BYPASS;

    private static final List<String> PARTIAL =
            List.of("Range", "If-Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since");

    static Wish of(Exchange exchange) {
        for (String name : PARTIAL) {
            if (!exchange.headers(name).isEmpty()) {
                return BYPASS;
            }
        }
        Wish wish = LOOK;
        List<String> lines = exchange.headers("Cache-Control");
        for (String line : lines.isEmpty() ? exchange.headers("Pragma") : lines) {
            for (String word : line.split(",")) {
                switch (word.strip().toLowerCase(Locale.ROOT)) {
                    case "no-store" -> {
                        return BYPASS;
                    }
                    case "no-cache", "max-age=0" -> wish = REFRESH;
                    default -> {
                        // The other words are about other caches.
                    }
                }
            }
        }
        return wish;
    }
}
