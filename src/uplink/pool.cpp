#include "uplink/pool.h"
