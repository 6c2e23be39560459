#include "app/verbs.h"
