/* SPDX-License-Identifier: MIT */
/* The object model: classes, instances, interfaces, properties, paths, -object. */
#include "qom/object.h"

#include <criterion/criterion.h>
#include <signal.h>

/* --- types under test: animal <- bird <- duck; interfaces walks <- runs ----------------------------- */

static GString *trail; /* what ran, in order */

static void note(const char *word)
{
    if (!trail) {
        trail = g_string_new(NULL);
    }
    g_string_append_printf(trail, "%s%s", trail->len ? " " : "", word);
}

static void note2(const char *a, const char *b)
{
    g_autofree char *word = g_strdup_printf("%s(%s)", a, b);
    note(word);
}

static void trail_reset(void)
{
    if (trail) {
        g_string_truncate(trail, 0);
    }
}

static void assert_trail(const char *expected)
{
    cr_assert_str_eq(trail ? trail->str : "", expected);
}

typedef struct AnimalClass {
    ObjectClass parent_class;
    int legs;
    const char *sound;
} AnimalClass;

typedef struct Animal {
    Object parent_obj;
    bool tame;
    uint8_t age;
    uint16_t weight;
    uint32_t tag;
    uint64_t serial;
    int32_t mood;
    uint64_t memory;
    char *name;
    Object *friend;
    int colour;
    bool has_owner;
    char *motto;
} Animal;

#define TYPE_ANIMAL "animal"
#define TYPE_BIRD "bird"
#define TYPE_DUCK "duck"
#define TYPE_WALKS "walks"
#define TYPE_RUNS "runs"

typedef struct WalksClass {
    InterfaceClass parent_class;
    int speed;
} WalksClass;

static bool not_frozen(Object *obj, const char *name, Error **errp)
{
    if (((Animal *)obj)->serial == 99) {
        return error_setg(errp, "'%s' is frozen", name);
    }
    return true;
}

static const Property animal_fields[] = {
    {.name = "tame", .type = FIELD_BOOL, .offset = offsetof(Animal, tame), .defval = 1},
    {.name = "age", .type = FIELD_UINT8, .offset = offsetof(Animal, age), .defval = 3},
    {.name = "weight", .type = FIELD_UINT16, .offset = offsetof(Animal, weight)},
    {.name = "tag", .type = FIELD_UINT32, .offset = offsetof(Animal, tag)},
    {.name = "serial", .type = FIELD_UINT64, .offset = offsetof(Animal, serial)},
    {.name = "mood", .type = FIELD_INT32, .offset = offsetof(Animal, mood), .defval = (uint64_t)-5},
    {.name = "memory", .type = FIELD_SIZE, .offset = offsetof(Animal, memory)},
    {.name = "name", .type = FIELD_STRING, .offset = offsetof(Animal, name), .defstr = "rex"},
    {.name = "friend",
     .type = FIELD_LINK,
     .offset = offsetof(Animal, friend),
     .link_type = TYPE_ANIMAL},
    {0},
};

static const char *const colours[] = {"red", "green", "blue", NULL};

static bool get_has_owner(Object *obj, G_GNUC_UNUSED Error **errp)
{
    return ((Animal *)obj)->has_owner;
}

static void set_has_owner(Object *obj, bool v, G_GNUC_UNUSED Error **errp)
{
    ((Animal *)obj)->has_owner = v;
}

static char *get_motto(Object *obj, G_GNUC_UNUSED Error **errp)
{
    return g_strdup(((Animal *)obj)->motto);
}

static void set_motto(Object *obj, const char *v, Error **errp)
{
    if (strcmp(v, "bad") == 0) {
        error_setg(errp, "a bad motto");
        return;
    }
    g_free(((Animal *)obj)->motto);
    ((Animal *)obj)->motto = g_strdup(v);
}

static void animal_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    note2("class_init", object_class_get_name(klass));
    ((AnimalClass *)klass)->legs = 4;
    ((AnimalClass *)klass)->sound = "-";
    object_class_add_fields(klass, animal_fields, not_frozen);
    object_class_property_add_enum(klass, "colour", "Colour", colours, offsetof(Animal, colour));
    object_class_property_add_bool(klass, "has-owner", get_has_owner, set_has_owner);
    object_class_property_add_str(klass, "motto", get_motto, set_motto);
}

static void animal_class_base_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    note2("animal_base", object_class_get_name(klass));
}

static void animal_init(Object *obj)
{
    note("animal_init");
    object_init_fields(obj, animal_fields);
}

static void animal_post_init(G_GNUC_UNUSED Object *obj) { note("animal_post"); }

static void animal_finalize(Object *obj)
{
    note("animal_finalize");
    g_free(((Animal *)obj)->motto);
}

static const TypeInfo animal_info = {
    .name = TYPE_ANIMAL,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(Animal),
    .class_size = sizeof(AnimalClass),
    .class_init = animal_class_init,
    .class_base_init = animal_class_base_init,
    .instance_init = animal_init,
    .instance_post_init = animal_post_init,
    .instance_finalize = animal_finalize,
};

static void bird_class_init(ObjectClass *klass, const void *data)
{
    note2("class_init", object_class_get_name(klass));
    ((AnimalClass *)klass)->legs = 2;
    ((AnimalClass *)klass)->sound = data;
    WalksClass *walks = (WalksClass *)object_class_dynamic_cast(klass, TYPE_WALKS);
    walks->speed = 7;
}

static void bird_class_base_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    note2("bird_base", object_class_get_name(klass));
}

static void bird_init(G_GNUC_UNUSED Object *obj) { note("bird_init"); }
static void bird_post_init(G_GNUC_UNUSED Object *obj) { note("bird_post"); }
static void bird_finalize(G_GNUC_UNUSED Object *obj) { note("bird_finalize"); }

static const TypeInfo bird_info = {
    .name = TYPE_BIRD,
    .parent = TYPE_ANIMAL,
    .abstract = true,
    .class_init = bird_class_init,
    .class_data = "tweet",
    .class_base_init = bird_class_base_init,
    .instance_init = bird_init,
    .instance_post_init = bird_post_init,
    .instance_finalize = bird_finalize,
    .interfaces = (const InterfaceInfo[]){{TYPE_WALKS}, {NULL}},
};

static void duck_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    note2("class_init", object_class_get_name(klass));
}

static void duck_init(G_GNUC_UNUSED Object *obj) { note("duck_init"); }
static void duck_post_init(G_GNUC_UNUSED Object *obj) { note("duck_post"); }
static void duck_finalize(G_GNUC_UNUSED Object *obj) { note("duck_finalize"); }

static const TypeInfo duck_info = {
    .name = TYPE_DUCK,
    .parent = TYPE_BIRD,
    .class_init = duck_class_init,
    .instance_init = duck_init,
    .instance_post_init = duck_post_init,
    .instance_finalize = duck_finalize,
};

static void walks_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    ((WalksClass *)klass)->speed = 1;
}

static const TypeInfo walks_info = {
    .name = TYPE_WALKS,
    .parent = TYPE_INTERFACE,
    .class_size = sizeof(WalksClass),
    .class_init = walks_class_init,
};

static const TypeInfo runs_info = {
    .name = TYPE_RUNS,
    .parent = TYPE_WALKS,
};

static const TypeInfo horse_info = {
    .name = "horse",
    .parent = TYPE_ANIMAL,
    .interfaces = (const InterfaceInfo[]){{TYPE_RUNS}, {NULL}},
};

static const TypeInfo nothing_info = {.name = "nothing-to-instantiate"};

/* A user-creatable type. */
typedef struct Gadget {
    Object parent_obj;
    uint64_t size;
    char *mode;
    bool completed, busy;
} Gadget;

static const Property gadget_fields[] = {
    {.name = "size", .type = FIELD_SIZE, .offset = offsetof(Gadget, size), .description = "bytes"},
    {.name = "mode", .type = FIELD_STRING, .offset = offsetof(Gadget, mode)},
    {.name = "busy", .type = FIELD_BOOL, .offset = offsetof(Gadget, busy)},
    {0},
};

static unsigned gadgets_alive;

static bool gadget_complete(Object *obj, Error **errp)
{
    Gadget *gadget = (Gadget *)obj;
    g_autofree char *path = object_get_canonical_path(obj);
    cr_assert_not_null(path, "complete() must see the object in the tree");
    if (gadget->size == 0) {
        return error_setg(errp, "size must be given");
    }
    gadget->completed = true;
    return true;
}

static bool gadget_can_be_deleted(Object *obj) { return !((Gadget *)obj)->busy; }

static void gadget_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    UserCreatableClass *uc = (UserCreatableClass *)object_class_dynamic_cast(klass,
                                                                             TYPE_USER_CREATABLE);
    uc->complete = gadget_complete;
    uc->can_be_deleted = gadget_can_be_deleted;
    object_class_add_fields(klass, gadget_fields, NULL);
}

static void gadget_init(G_GNUC_UNUSED Object *obj) { gadgets_alive++; }
static void gadget_finalize(G_GNUC_UNUSED Object *obj) { gadgets_alive--; }

static const TypeInfo gadget_info = {
    .name = "gadget",
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(Gadget),
    .class_init = gadget_class_init,
    .instance_init = gadget_init,
    .instance_finalize = gadget_finalize,
    .interfaces = (const InterfaceInfo[]){{TYPE_USER_CREATABLE}, {NULL}},
};

static const TypeInfo abstract_gadget_info = {
    .name = "abstract-gadget",
    .parent = "gadget",
    .abstract = true,
};

DEFINE_TYPE(duck_info) /* before its parents: only the name is recorded */
DEFINE_TYPE(bird_info)
DEFINE_TYPE(animal_info)
DEFINE_TYPE(runs_info)
DEFINE_TYPE(walks_info)
DEFINE_TYPE(horse_info)
DEFINE_TYPE(nothing_info)
DEFINE_TYPE(gadget_info)
DEFINE_TYPE(abstract_gadget_info)

/* --- helpers ---------------------------------------------------------------------------------------- */

static Animal *new_child(const char *name)
{
    Object *obj = object_new(TYPE_ANIMAL);
    object_property_add_child(object_get_root(), name, obj);
    object_unref(obj);
    return (Animal *)obj;
}

static void assert_error(Error *err, const char *text)
{
    cr_assert_not_null(err, "expected: %s", text);
    cr_assert_str_eq(error_get_pretty(err), text);
    error_free(err);
}

/* --- classes ----------------------------------------------------------------------------------------- */

Test(qom, nothing_runs_before_a_type_is_used) { assert_trail(""); }

Test(qom, parent_class_is_initialised_first_and_base_init_runs_for_every_ancestor)
{
    object_class_by_name(TYPE_DUCK);
    assert_trail("class_init(animal) animal_base(bird) class_init(bird) "
                 "bird_base(duck) animal_base(duck) class_init(duck)");
    trail_reset();
    object_class_by_name(TYPE_DUCK);
    assert_trail("");
}

Test(qom, class_starts_as_copy_of_its_parent)
{
    AnimalClass *duck = (AnimalClass *)object_class_by_name(TYPE_DUCK);
    cr_assert_eq(duck->legs, 2);
    cr_assert_str_eq(duck->sound, "tweet");
    cr_assert_eq(((AnimalClass *)object_class_by_name(TYPE_ANIMAL))->legs, 4);
}

Test(qom, instance_init_runs_root_to_leaf_and_post_init_leaf_to_root)
{
    object_class_by_name(TYPE_DUCK);
    trail_reset();
    Object *duck = object_new(TYPE_DUCK);
    assert_trail("animal_init bird_init duck_init duck_post bird_post animal_post");
    trail_reset();
    object_unref(duck);
    assert_trail("duck_finalize bird_finalize animal_finalize");
}

Test(qom, unknown_class_is_null) { cr_assert_null(object_class_by_name("no-such-type")); }

Test(qom, unknown_type_names_the_nearest)
{
    Error *err = NULL;
    cr_assert_null(object_try_new("anima", &err));
    assert_error(err, "invalid object type: anima; did you mean 'animal'?");
}

Test(qom, abstract_type_has_no_instances)
{
    Error *err = NULL;
    cr_assert_null(object_try_new(TYPE_BIRD, &err));
    assert_error(err, "object type 'bird' is abstract");
}

Test(qom, type_without_instance_size_has_no_instances)
{
    Error *err = NULL;
    cr_assert_null(object_try_new("nothing-to-instantiate", &err));
    assert_error(err, "object type 'nothing-to-instantiate' has no instances");
    cr_assert(object_class_is_abstract(object_class_by_name("nothing-to-instantiate")));
}

Test(qom, object_new_of_unknown_type_is_our_bug, .signal = SIGABRT) { object_new("no-such-type"); }

static void register_twice(void) { type_register_static(&animal_info); }

Test(qom, type_registered_twice_is_our_bug, .signal = SIGABRT) { register_twice(); }

Test(qom, type_with_unknown_parent_is_our_bug, .signal = SIGABRT)
{
    static const TypeInfo orphan = {.name = "orphan", .parent = "nobody"};
    type_register_static(&orphan);
    object_class_by_name("orphan");
}

Test(qom, registered_copy_outlives_its_description)
{
    char name[] = "temporary-duck";
    TypeInfo info = {.name = name, .parent = TYPE_DUCK};
    type_register(&info);
    memset(name, 'x', sizeof(name) - 1);
    Object *obj = object_new("temporary-duck");
    cr_assert_str_eq(object_get_typename(obj), "temporary-duck");
    cr_assert_not_null(object_dynamic_cast(obj, TYPE_WALKS));
    object_unref(obj);
}

Test(qom, class_list_is_sorted_and_leaves_out_abstract_types)
{
    g_autoptr(GSList) list = object_class_get_list(TYPE_ANIMAL, false);
    g_autoptr(GString) names = g_string_new(NULL);
    for (GSList *e = list; e; e = e->next) {
        g_string_append_printf(names, "%s ", object_class_get_name(e->data));
    }
    cr_assert_str_eq(names->str, "animal duck horse ");
    g_autoptr(GSList) walkers = object_class_get_list(TYPE_WALKS, true);
    /* walks, runs, bird, duck, horse */
    cr_assert_eq(g_slist_length(walkers), 5);
}

/* --- casts and interfaces ------------------------------------------------------------------------------ */

Test(qom, objects_cast_to_ancestors_and_interfaces_only)
{
    Object *duck = object_new(TYPE_DUCK);
    cr_assert_eq(object_dynamic_cast(duck, TYPE_ANIMAL), duck);
    cr_assert_eq(object_dynamic_cast(duck, TYPE_WALKS), duck);
    cr_assert_null(object_dynamic_cast(duck, TYPE_RUNS));
    cr_assert_null(object_dynamic_cast(duck, "gadget"));
    cr_assert_null(object_dynamic_cast(duck, "no-such-type"));
    cr_assert_null(object_dynamic_cast(NULL, TYPE_DUCK));
    for (int i = 0; i < 10; i++) {
        cr_assert_eq(OBJECT_CHECK(Animal, duck, TYPE_ANIMAL), (Animal *)duck);
        cr_assert_eq(OBJECT_CHECK(Animal, duck, TYPE_BIRD), (Animal *)duck);
    }
    object_unref(duck);
}

Test(qom, wrong_checked_cast_is_our_bug, .signal = SIGABRT)
{
    Object *duck = object_new(TYPE_DUCK);
    OBJECT_CHECK(Gadget, duck, "gadget");
}

Test(qom, wrong_class_cast_is_our_bug, .signal = SIGABRT)
{
    OBJECT_CLASS_CHECK(AnimalClass, object_class_by_name("gadget"), TYPE_ANIMAL);
}

Test(qom, each_class_has_its_own_interface_class_inherited_from_the_parent)
{
    ObjectClass *duck = object_class_by_name(TYPE_DUCK), *bird = object_class_by_name(TYPE_BIRD);
    WalksClass *duck_walks = (WalksClass *)object_class_dynamic_cast(duck, TYPE_WALKS);
    WalksClass *bird_walks = (WalksClass *)object_class_dynamic_cast(bird, TYPE_WALKS);
    cr_assert_neq(duck_walks, bird_walks);
    cr_assert_eq(duck_walks->speed, 7);
    cr_assert_eq(duck_walks->parent_class.concrete_class, duck);
    cr_assert_eq(bird_walks->parent_class.concrete_class, bird);
    cr_assert_str_eq(object_class_get_name((ObjectClass *)duck_walks), "duck::walks");
}

Test(qom, derived_interface_also_gives_its_base)
{
    Object *horse = object_new("horse");
    cr_assert_not_null(object_dynamic_cast(horse, TYPE_RUNS));
    cr_assert_not_null(object_dynamic_cast(horse, TYPE_WALKS));
    WalksClass *walks = (WalksClass *)object_class_dynamic_cast(object_get_class(horse),
                                                                TYPE_WALKS);
    cr_assert_eq(walks->speed, 1);
    object_unref(horse);
}

/* --- properties ----------------------------------------------------------------------------------------- */

Test(qom, fields_start_with_their_defaults)
{
    Object *obj = object_new(TYPE_ANIMAL);
    cr_assert(object_property_get_bool(obj, "tame", &error_abort));
    cr_assert_eq(object_property_get_uint(obj, "age", &error_abort), 3);
    cr_assert_eq(object_property_get_int(obj, "mood", &error_abort), -5);
    g_autofree char *name = object_property_get_str(obj, "name", &error_abort);
    cr_assert_str_eq(name, "rex");
    cr_assert_null(object_property_get_link(obj, "friend", &error_abort));
    object_unref(obj);
}

Test(qom, every_field_type_parses_and_prints)
{
    static const char *const cases[][3] = {
        {"tame", "off", "false"},
        {"age", "255", "255"},
        {"weight", "0xffff", "65535"},
        {"tag", "4294967295", "4294967295"},
        {"serial", "18446744073709551615", "18446744073709551615"},
        {"mood", "-2147483648", "-2147483648"},
        {"memory", "2M", "2097152"},
        {"name", "a b", "a b"},
        {"colour", "blue", "blue"},
        {"has-owner", "on", "true"},
        {"motto", "onwards", "onwards"},
    };
    Object *obj = object_new(TYPE_ANIMAL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        cr_assert(object_property_parse(obj, cases[i][0], cases[i][1], &error_abort));
        g_autofree char *text = object_property_print(obj, cases[i][0], &error_abort);
        cr_assert_str_eq(text, cases[i][2]);
    }
    object_unref(obj);
}

Test(qom, bad_values_are_refused_with_one_line)
{
    static const char *const cases[][3] = {
        {"age", "256", "property 'animal.age' takes 0 to 255, not 256"},
        {"weight", "65536", "property 'animal.weight' takes 0 to 65535, not 65536"},
        {"tag", "0x100000000", "property 'animal.tag' takes 0 to 4294967295, not 4294967296"},
        {"mood", "2147483648",
         "property 'animal.mood' takes -2147483648 to 2147483647, not 2147483648"},
        {"mood", "-9223372036854775809",
         "property 'animal.mood': '-9223372036854775809' is out of range"},
        {"colour", "pink",
         "property 'animal.colour' does not accept value 'pink' (one of: red, green, blue)"},
        {"motto", "bad", "a bad motto"},
        {"friend", "/nowhere", "property 'animal.friend' is given '/nowhere': object not found"},
        {"frend", "x", "property 'animal.frend' not found; did you mean 'friend'?"},
        {"zzz", "x", "property 'animal.zzz' not found"},
    };
    Object *obj = object_new(TYPE_ANIMAL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Error *err = NULL;
        cr_assert_not(object_property_parse(obj, cases[i][0], cases[i][1], &err));
        assert_error(err, cases[i][2]);
    }
    Error *err = NULL;
    cr_assert_not(object_property_parse(obj, "tame", "perhaps", &err));
    cr_assert(g_str_has_prefix(error_get_pretty(err), "property 'animal.tame': "));
    error_free(err);
    object_unref(obj);
}

Test(qom, numbers_convert_where_they_fit_and_nothing_else_does)
{
    Object *obj = object_new(TYPE_ANIMAL);
    cr_assert(object_property_set_int(obj, "age", 7, &error_abort));
    cr_assert(object_property_set_uint(obj, "mood", 7, &error_abort));
    cr_assert_eq(object_property_get_int(obj, "age", &error_abort), 7);
    Error *err = NULL;
    cr_assert_not(object_property_set_int(obj, "age", -1, &err));
    assert_error(err, "property 'animal.age' cannot be negative");
    err = NULL;
    cr_assert_not(object_property_set_str(obj, "age", "1", &err));
    assert_error(err, "property 'animal.age' expects uint8, not a string");
    err = NULL;
    cr_assert_not(object_property_get_bool(obj, "age", &err));
    assert_error(err, "property 'animal.age' is not a boolean");
    err = NULL;
    cr_assert_null(object_property_get_str(obj, "tame", &err));
    assert_error(err, "property 'animal.tame' is not a string");
    object_unref(obj);
}

Test(qom, frozen_object_refuses_late_changes)
{
    Object *obj = object_new(TYPE_ANIMAL);
    ((Animal *)obj)->serial = 99;
    Error *err = NULL;
    cr_assert_not(object_property_set_uint(obj, "age", 4, &err));
    assert_error(err, "'age' is frozen");
    cr_assert_eq(((Animal *)obj)->age, 3);
    object_unref(obj);
}

Test(qom, read_only_property_is_not_writable)
{
    Object *obj = object_new(TYPE_ANIMAL);
    object_property_add_bool(obj, "fixed", get_has_owner, NULL);
    Error *err = NULL;
    cr_assert_not(object_property_set_bool(obj, "fixed", true, &err));
    assert_error(err, "property 'animal.fixed' is not writable");
    object_unref(obj);
}

Test(qom, instance_properties_end_with_their_object)
{
    Object *obj = object_new(TYPE_ANIMAL);
    object_property_add_str(obj, "extra", get_motto, set_motto);
    object_property_set_str(obj, "extra", "hi", &error_abort);
    cr_assert_not_null(object_property_find(obj, "extra"));
    object_property_del(obj, "extra");
    cr_assert_null(object_property_find(obj, "extra"));
    object_unref(obj);
}

Test(qom, property_added_twice_is_our_bug, .signal = SIGABRT)
{
    Object *obj = object_new(TYPE_ANIMAL);
    object_property_add_bool(obj, "age", get_has_owner, NULL);
}

Test(qom, property_list_is_sorted_naturally)
{
    Object *obj = object_new("gadget");
    for (int i = 0; i < 12; i++) {
        object_property_add_bool(obj, "p[*]", get_has_owner, NULL);
    }
    g_autoptr(GSList) list = object_property_list(obj);
    g_autoptr(GString) names = g_string_new(NULL);
    for (GSList *e = list; e; e = e->next) {
        g_string_append_printf(names, "%s ", ((ObjectProperty *)e->data)->name);
    }
    cr_assert_str_eq(names->str, "busy mode p[0] p[1] p[2] p[3] p[4] p[5] p[6] p[7] p[8] p[9] "
                                 "p[10] p[11] size ");
    object_unref(obj);
}

/* --- links and aliases ----------------------------------------------------------------------------------- */

Test(qom, link_counts_its_target_and_drops_it_with_the_holder)
{
    Object *holder = object_new(TYPE_ANIMAL), *target = object_new(TYPE_ANIMAL);
    object_property_set_link(holder, "friend", target, &error_abort);
    cr_assert_eq(target->ref, 2);
    object_property_set_link(holder, "friend", target, &error_abort);
    cr_assert_eq(target->ref, 2);
    object_unref(holder);
    cr_assert_eq(target->ref, 1);
    object_unref(target);
}

Test(qom, link_becomes_null_when_its_target_leaves_the_tree)
{
    Animal *a = new_child("a"), *b = new_child("b");
    object_property_set_link(OBJECT(a), "friend", OBJECT(b), &error_abort);
    object_property_set_link(OBJECT(b), "friend", OBJECT(a), &error_abort);
    trail_reset();
    object_unparent(OBJECT(b));
    assert_trail("animal_finalize");
    cr_assert_null(a->friend);
    object_unparent(OBJECT(a));
    assert_trail("animal_finalize animal_finalize");
}

Test(qom, link_takes_only_its_type_and_a_path_as_text)
{
    Object *holder = object_new(TYPE_ANIMAL), *gadget = object_new("gadget");
    Error *err = NULL;
    cr_assert_not(object_property_set_link(holder, "friend", gadget, &err));
    assert_error(err, "property 'animal.friend' expects an object of type 'animal', "
                      "not a 'gadget'");
    Animal *b = new_child("b");
    cr_assert(object_property_set_str(holder, "friend", "/b", &error_abort));
    cr_assert_eq(((Animal *)holder)->friend, OBJECT(b));
    g_autofree char *path = object_property_print(holder, "friend", &error_abort);
    cr_assert_str_eq(path, "/b");
    cr_assert(object_property_parse(holder, "friend", "", &error_abort));
    cr_assert_null(((Animal *)holder)->friend);
    object_unref(gadget);
    object_unref(holder);
}

static bool refuse(G_GNUC_UNUSED Object *obj, G_GNUC_UNUSED Object *value, Error **errp)
{
    return error_setg(errp, "no, thank you");
}

Test(qom, link_check_may_refuse)
{
    Object *holder = object_new(TYPE_ANIMAL), *target = object_new(TYPE_ANIMAL);
    Object *slot = NULL;
    object_property_add_link(holder, "rival", TYPE_ANIMAL, &slot, refuse);
    Error *err = NULL;
    cr_assert_not(object_property_set_link(holder, "rival", target, &err));
    assert_error(err, "no, thank you");
    cr_assert_null(slot);
    object_unref(holder);
    object_unref(target);
}

Test(qom, alias_forwards_and_survives_its_target)
{
    Object *owner = object_new(TYPE_ANIMAL), *target = object_new("gadget");
    object_property_add_alias(owner, "bytes", target, "size");
    cr_assert(object_property_parse(owner, "bytes", "4K", &error_abort));
    cr_assert_eq(((Gadget *)target)->size, 4096);
    cr_assert_eq(object_property_get_uint(owner, "bytes", &error_abort), 4096);
    object_unref(target);
    Error *err = NULL;
    cr_assert_not(object_property_set_uint(owner, "bytes", 1, &err));
    assert_error(err, "the object with property 'size' behind this alias is gone");
    object_unref(owner);
}

/* --- the tree ---------------------------------------------------------------------------------------------- */

Test(qom, parent_owns_its_children)
{
    Object *parent = object_new(TYPE_ANIMAL), *child = object_new(TYPE_DUCK);
    object_property_add_child(parent, "kid", child);
    cr_assert_eq(child->ref, 2);
    object_unref(child);
    trail_reset();
    object_unref(parent);
    assert_trail("animal_finalize duck_finalize bird_finalize animal_finalize");
}

Test(qom, embedded_child_is_finalised_but_not_freed)
{
    static Animal storage;
    Object *parent = object_new(TYPE_ANIMAL);
    object_initialize_child(parent, "kid", &storage, sizeof(storage), TYPE_ANIMAL);
    cr_assert_eq(storage.age, 3);
    cr_assert_eq(storage.parent_obj.ref, 1);
    trail_reset();
    object_unparent(OBJECT(&storage));
    assert_trail("animal_finalize");
    cr_assert_eq(storage.parent_obj.ref, 0);
    object_unref(parent);
}

Test(qom, array_children_take_the_next_free_index)
{
    Object *parent = object_new(TYPE_ANIMAL);
    for (int i = 0; i < 12; i++) {
        Object *child = object_new("gadget");
        object_property_add_child(parent, "x[*]", child);
        object_unref(child);
    }
    object_unparent(object_resolve_path_component(parent, "x[3]"));
    Object *child = object_new("gadget");
    ObjectProperty *prop = object_property_add_child(parent, "x[*]", child);
    cr_assert_str_eq(prop->name, "x[3]");
    cr_assert_str_eq(prop->type, "child<gadget>");
    cr_assert_eq(object_property_child(prop), child);
    object_unref(child);
    object_unref(parent);
}

static int collect(Object *child, void *opaque)
{
    g_string_append_printf(opaque, "%s ", object_get_canonical_path_component(child));
    return 0;
}

static int stop_at_second(G_GNUC_UNUSED Object *child, void *opaque)
{
    return ++*(int *)opaque == 2 ? 42 : 0;
}

static int unparent_all(Object *child, G_GNUC_UNUSED void *opaque)
{
    Object *sibling = object_resolve_path_component(child->parent, "x[10]");
    object_unparent(child);
    if (sibling) {
        object_unparent(sibling);
    }
    return 0;
}

Test(qom, children_are_visited_in_natural_order_and_may_leave_meanwhile)
{
    Object *parent = object_new("container");
    for (int i = 0; i < 11; i++) {
        Object *child = container_get(parent, "tmp");
        object_ref(child);
        object_unparent(child);
        object_property_add_child(parent, "x[*]", child);
        object_unref(child);
    }
    container_get(parent, "x[2]/deep");
    g_autoptr(GString) seen = g_string_new(NULL);
    object_child_foreach_recursive(parent, collect, seen);
    cr_assert_str_eq(seen->str, "x[0] x[1] x[2] deep x[3] x[4] x[5] x[6] x[7] x[8] x[9] x[10] ");
    int count = 0;
    cr_assert_eq(object_child_foreach(parent, stop_at_second, &count), 42);
    cr_assert_eq(count, 2);
    object_child_foreach(parent, unparent_all, NULL);
    g_string_truncate(seen, 0);
    object_child_foreach(parent, collect, seen);
    cr_assert_str_eq(seen->str, "");
    object_unref(parent);
}

Test(qom, canonical_path_names_every_part)
{
    Object *obj = container_get(object_get_root(), "/machine/unattached");
    g_autofree char *path = object_get_canonical_path(obj);
    cr_assert_str_eq(path, "/machine/unattached");
    cr_assert_str_eq(object_get_canonical_path_component(obj), "unattached");
    g_autofree char *root = object_get_canonical_path(object_get_root());
    cr_assert_str_eq(root, "/");
    Object *outside = object_new("gadget");
    cr_assert_null(object_get_canonical_path(outside));
    object_unref(outside);
}

Test(qom, partial_path_must_be_unique)
{
    Object *root = object_get_root();
    container_get(root, "/m/one/leaf");
    Object *two = container_get(root, "/m/two/leaf");
    bool ambiguous;
    cr_assert_null(object_resolve_path("leaf", &ambiguous));
    cr_assert(ambiguous);
    cr_assert_eq(object_resolve_path("two/leaf", &ambiguous), two);
    cr_assert_not(ambiguous);
    cr_assert_eq(object_resolve_path("/m/two/leaf", NULL), two);
    cr_assert_null(object_resolve_path("three", &ambiguous));
    cr_assert_not(ambiguous);
    cr_assert_null(object_resolve_path_type("two/leaf", TYPE_ANIMAL, NULL));
    Animal *child = new_child("only");
    cr_assert_eq(object_resolve_path_type("only", TYPE_ANIMAL, NULL), OBJECT(child));
}

Test(qom, link_text_names_the_object_of_its_type)
{
    Object *holder = object_new(TYPE_ANIMAL), *friend = object_new(TYPE_ANIMAL);
    Object *other = object_new("gadget");
    object_property_add_child(container_get(object_get_root(), "/cats"), "same", friend);
    object_property_add_child(container_get(object_get_root(), "/gadgets"), "same", other);
    cr_assert(object_property_parse(holder, "friend", "same", &error_abort));
    cr_assert_eq(object_property_get_link(holder, "friend", &error_abort), friend);
}

Test(qom, ambiguous_link_text_is_refused)
{
    container_get(object_get_root(), "/m/one/leaf");
    container_get(object_get_root(), "/m/two/leaf");
    Object *obj = object_new(TYPE_ANIMAL);
    Error *err = NULL;
    cr_assert_not(object_property_parse(obj, "friend", "leaf", &err));
    assert_error(err, "property 'animal.friend' is given 'leaf', which names several objects");
    object_unref(obj);
}

static void log_unparent(Object *obj)
{
    cr_assert_not_null(obj->parent);
    note("unparent");
}

Test(qom, class_hears_of_unparent_while_the_parent_is_still_set)
{
    object_class_by_name(TYPE_DUCK)->unparent = log_unparent;
    Object *parent = object_new(TYPE_ANIMAL), *duck = object_new(TYPE_DUCK);
    object_property_add_child(parent, "duck", duck);
    object_unref(duck);
    trail_reset();
    object_unparent(duck);
    assert_trail("unparent duck_finalize bird_finalize animal_finalize");
    object_unref(parent);
}

Test(qom, object_core_is_made_once)
{
    Object *obj = object_core("thing", "gadget");
    cr_assert_eq(object_core("thing", "gadget"), obj);
    g_autofree char *path = object_get_canonical_path(obj);
    cr_assert_str_eq(path, "/core/thing");
}

Test(qom, tree_text_shows_names_and_types)
{
    Object *parent = container_get(object_get_root(), "/zoo");
    Object *duck = object_new(TYPE_DUCK);
    object_property_add_child(parent, "donald", duck);
    object_unref(duck);
    g_autoptr(GString) out = g_string_new(NULL);
    object_info_tree(parent, out);
    cr_assert_str_eq(out->str, "/zoo (container)\n  /donald (duck)\n");
}

/* --- -object --------------------------------------------------------------------------------------------- */

Test(qom, object_option_makes_completes_and_adds)
{
    Gadget *gadget = (Gadget *)user_creatable_add_from_str("gadget,id=g0,size=1M", &error_abort);
    cr_assert(gadget->completed);
    cr_assert_eq(gadget->size, 1 << 20);
    g_autofree char *path = object_get_canonical_path(OBJECT(gadget));
    cr_assert_str_eq(path, "/objects/g0");
    cr_assert(user_creatable_del("g0", &error_abort));
    cr_assert_eq(gadgets_alive, 0);
}

Test(qom, object_option_mistakes_are_one_line_and_leave_nothing)
{
    static const char *const cases[][2] = {
        {"gadge,id=a", "invalid object type: gadge; did you mean 'gadget'?"},
        {"foo,id=a", "invalid object type: foo"},
        {"id=a", "parameter 'qom-type' is missing"},
        {"gadget", "parameter 'id' is missing"},
        {"gadget,id=1a", "parameter 'id' expects an identifier, not '1a'"},
        {"gadget,id=a/b", "parameter 'id' expects an identifier, not 'a/b'"},
        {"animal,id=a", "object type 'animal' cannot be made with -object"},
        {"abstract-gadget,id=a", "object type 'abstract-gadget' is abstract"},
        {"gadget,id=a,siz=1", "property 'gadget.siz' not found; did you mean 'size'?"},
        {"gadget,id=a", "size must be given"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Error *err = NULL;
        cr_assert_null(user_creatable_add_from_str(cases[i][0], &err), "%s", cases[i][0]);
        assert_error(err, cases[i][1]);
        cr_assert_eq(gadgets_alive, 0);
        cr_assert_null(object_resolve_path("/objects/a", NULL));
    }
}

Test(qom, object_id_is_used_once)
{
    user_creatable_add_from_str("gadget,id=g0,size=1", &error_abort);
    Error *err = NULL;
    cr_assert_null(user_creatable_add_from_str("gadget,id=g0,size=1", &err));
    assert_error(err, "object id 'g0' is already in use");
}

Test(qom, busy_object_is_not_deleted)
{
    user_creatable_add_from_str("gadget,id=g0,size=1,busy=on", &error_abort);
    Error *err = NULL;
    cr_assert_not(user_creatable_del("g0", &err));
    assert_error(err, "object 'g0' is in use and cannot be deleted");
    err = NULL;
    cr_assert_not(user_creatable_del("g1", &err));
    assert_error(err, "object 'g1' not found");
}

Test(qom, object_help_lists_types_and_properties)
{
    g_autofree char *types = user_creatable_help("help", NULL);
    cr_assert(strstr(types, "  gadget\n"));
    g_autofree char *props = user_creatable_help("gadget,help", NULL);
    cr_assert(strstr(props, "  size=<size>            - bytes"), "%s", props);
    cr_assert_null(user_creatable_help("gadget,id=a", NULL));
}
