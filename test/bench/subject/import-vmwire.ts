/** Loads the package, and ends. */
import 'vmwire';
