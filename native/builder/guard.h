#pragma once

#include "../codec/payload.h"
#include "failure.h"

#include <cstdio>
#include <new>

namespace seeddelta {

inline int32_t report(sd_error * error, int32_t status, const char * message) noexcept {
    if (error != nullptr) {
        error->status = status;
        std::snprintf(error->message, sizeof error->message, "%s", message);
        for (char * c = error->message; *c != '\0'; ++c) {
            if (static_cast<unsigned char>(*c) < 0x20) {
                *c = ' '; // one line, also when a hostile file's own text is quoted
            }
        }
    }
    return status;
}

/// The wall between C++ and C: runs `body` and turns whatever it throws into a status and a message.
template <typename F> int32_t guarded(sd_error * error, F && body) noexcept {
    try {
        body();
        return SD_OK;
    } catch (const failure & e) {
        return report(error, e.status, e.what());
    } catch (const format_error & e) {
        return report(error, SD_E_INPUT, e.what());
    } catch (const std::bad_alloc &) {
        return report(error, SD_E_NOMEM, "out of memory; close other programs or use fewer threads");
    } catch (const std::length_error &) {
        return report(error, SD_E_NOMEM, "a size is beyond what memory can hold");
    } catch (const std::exception & e) {
        return report(error, SD_E_INTERNAL, e.what());
    } catch (...) {
        return report(error, SD_E_INTERNAL, "an unknown exception");
    }
}

/// For arguments that the header declares as required.
template <typename T> T & required(T * pointer, const char * name) {
    if (pointer == nullptr) {
        fail_usage(std::string("argument '") + name + "' is NULL");
    }
    return *pointer;
}

} // namespace seeddelta
