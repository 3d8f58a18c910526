/** The environment, read once into immutable records; every mistake reported at once. */
@NullMarked
package gptbroker.config;

import org.jspecify.annotations.NullMarked;
