#include "mapping/mapper.h"
