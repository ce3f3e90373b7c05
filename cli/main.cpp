#include "cli/command.h"

int main(int argc, char** argv) { return corecast::cli::run(argc, argv); }
