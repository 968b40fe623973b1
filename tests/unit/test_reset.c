/* SPDX-License-Identifier: MIT */
/* The resettable tree: order of phases and nodes. */
#include "hw/core/qdev.h"
#include "hw/core/reset.h"

#include <criterion/criterion.h>

#define TYPE_NODE "test-reset-node"

typedef struct Node {
    Object parent_obj;
    const char *name;
    Object *children[3];
    bool drops_children;
} Node;

static GString *trail;

static void note(Object *obj, const char *phase)
{
    g_string_append_printf(trail, "%s%s.%s", trail->len ? " " : "", ((Node *)obj)->name, phase);
}

static void node_enter(Object *obj)
{
    Node *node = (Node *)obj;
    note(obj, "enter");
    if (node->drops_children) {
        g_clear_pointer(&node->children[0], object_unref);
    }
}

static void node_hold(Object *obj) { note(obj, "hold"); }
static void node_exit(Object *obj) { note(obj, "exit"); }

static void node_foreach(Object *obj, void (*fn)(Object *child, void *opaque), void *opaque)
{
    for (int i = 0; i < 3 && ((Node *)obj)->children[i]; i++) {
        fn(((Node *)obj)->children[i], opaque);
    }
}

static void node_class_init(ObjectClass *klass, G_GNUC_UNUSED const void *data)
{
    ResettableClass *rc = (ResettableClass *)object_class_dynamic_cast(klass, TYPE_RESETTABLE);
    rc->phases.enter = node_enter;
    rc->phases.hold = node_hold;
    rc->phases.exit = node_exit;
    rc->child_foreach = node_foreach;
}

static const TypeInfo node_info = {
    .name = TYPE_NODE,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(Node),
    .class_init = node_class_init,
    .interfaces = (const InterfaceInfo[]){{TYPE_RESETTABLE}, {NULL}},
};
DEFINE_TYPE(node_info)

static Node *new_node(const char *name)
{
    Node *node = (Node *)object_new(TYPE_NODE);
    node->name = name;
    return node;
}

Test(reset, each_phase_runs_over_the_tree_children_first)
{
    trail = g_string_new(NULL);
    Node *root = new_node("r"), *a = new_node("a"), *b = new_node("b"), *c = new_node("c");
    root->children[0] = OBJECT(a);
    root->children[1] = OBJECT(b);
    a->children[0] = OBJECT(c);
    resettable_reset(OBJECT(root));
    cr_assert_str_eq(trail->str, "c.enter a.enter b.enter r.enter "
                                 "c.hold a.hold b.hold r.hold "
                                 "c.exit a.exit b.exit r.exit");
    object_unref(root);
    object_unref(a);
    object_unref(b);
    object_unref(c);
}

Test(reset, node_may_drop_a_child_while_the_tree_is_reset)
{
    trail = g_string_new(NULL);
    Node *root = new_node("r");
    root->children[0] = OBJECT(new_node("a"));
    root->drops_children = true;
    resettable_reset(OBJECT(root));
    cr_assert_str_eq(trail->str, "a.enter r.enter r.hold r.exit");
    object_unref(root);
}
