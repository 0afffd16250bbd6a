/** Loads koffi alone, and ends. */
import 'koffi';
