#include "input/host.h"
