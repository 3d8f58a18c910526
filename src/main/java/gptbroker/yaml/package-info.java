/** A tenant's YAML files, read so that every mistake has its line. */
@NullMarked
package gptbroker.yaml;

import org.jspecify.annotations.NullMarked;
