#pragma once

#include "dense.h"
#include "encoder.h"
#include "model.h"
#include "moments-file.h"
#include "stored-payload.h"
#include "writer.h"

#include <seeddelta/seeddelta.h>

// What the opaque handles of the C interface are.

struct sd_model {
    explicit sd_model(const char * path) : file(path) {}
    seeddelta::model file;
    std::string      metadata;
    std::string      payloads;
};

struct sd_weight {
    seeddelta::dense_weight dense;
};

struct sd_base {
    std::unique_ptr<const seeddelta::fitted_base> fitted;
};

struct sd_payload {
    std::shared_ptr<const seeddelta::stored_payload> stored;
};

struct sd_moments {
    explicit sd_moments(const char * path) : file(path) {}
    seeddelta::moments_file file;
    std::shared_ptr<const seeddelta::input_data> loaded;
    std::string info;
};

struct sd_writer {
    explicit sd_writer(const sd_model & source) : output(source.file) {}
    seeddelta::writer output;
};
