#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Do the tests notice? Ten mistakes, one a chapter of the manual, four in what fuses handlers and four in what
# keeps translations, two in how the slots change mode, are made in a copy of the tree, one at a time; each must make an instruction vector or the
# named suite of unit tests fail. CORE99_MUTATIONS: only those whose row matches this expression.

. "$(dirname "${BASH_SOURCE[0]}")/../boot/lib.sh"

# chapter @ file below target-ppc/ @ part of a line, once in the file @ what it becomes @ suite, if not vectors
mutations=(
    'integer arithmetic @ sem_int.h @ (uint64_t)a + b + carry @ (uint64_t)a + b + !carry @'
    'compare @ sem_int.h @ ppc_cr_compare_signed(env, op->d, (int32_t)env->gpr[op->a], op->imm); @ ppc_cr_compare_signed(env, op->d, (int32_t)env->gpr[op->a], op->imm ^ 1); @'
    'logical @ sem_int.h @ env->gpr[op->a] = env->gpr[op->d] & env->gpr[op->b]; @ env->gpr[op->a] = env->gpr[op->d] | env->gpr[op->b]; @'
    'rotate @ sem_int.h @ rol32(env->gpr[op->d], op->b) & (uint32_t)op->imm; @ rol32(env->gpr[op->d], op->b ^ 1) & (uint32_t)op->imm; @'
    'load and store @ sem_ls.h @ (uint32_t)(int16_t)LOAD16(ea) @ (uint32_t)(uint16_t)LOAD16(ea) @'
    'branch @ sem_branch.h @ ppc_cr_bit(env, bi) == (bo >> 3 & 1) @ ppc_cr_bit(env, bi) != (bo >> 3 & 1) @'
    'condition register @ sem_branch.h @ ppc_cr_bit(env, op->a) && !ppc_cr_bit(env, op->b) @ ppc_cr_bit(env, op->a) || !ppc_cr_bit(env, op->b) @'
    'floating point @ sem_fp_host.h @ bool negates = base == PPC_FP_FNMADD @ bool negates = base == PPC_FP_FMADD @'
    'AltiVec @ vec_host_x86_lanes.h @ HOST_AB(vandc, _mm_andnot_si128(y, x)) @ HOST_AB(vandc, _mm_andnot_si128(x, y)) @'
    'fused handlers @ fuse.py @ slot_{equal.group(1)}.{equal.group(2)}; @ slot_{equal.group(1)}.{equal.group(2)} ^ 1; @ engine'
    'third of fused slots @ fuse.py @ equal and int(equal.group(3)) == place @ equal and int(equal.group(3)) == min(place, 1) @ engine'
    'conditions of fusing @ engine_fuse.c @ while (*condition != FUSED_ALWAYS && holds(*condition, first)) { @ while (*condition != FUSED_ALWAYS && (holds(*condition, first) || first)) { @ engine'
    'unfusing @ engine.c @ MIN(index, (unsigned)ENGINE_FUSED_SLOTS - 1) @ MIN(index, 1u) @ engine'
    'lookup by mode @ mode.h @ return (msr >> MSR_IR & 1) << 1 | (msr >> MSR_PR & 1); @ return msr >> MSR_PR & 1; @ engine'
    'segments of the supervisor @ mode.c @ env->segments_cached >> segment & 1 @ env->segments_cached >> segment & 2 @ engine'
    'segments of the user @ mode.h @ env->segments_changed = !ppc_same_segments(env->sr, env->mmu->user_segments); @ env->segments_changed = false; @ engine'
    'system call in the slots @ engine_bodies.h @ SYSTEM_CALL, pc_, pc_ + 4, 0); @ SYSTEM_CALL, pc_, pc_ + 8, 0); @ engine_traps'
    'segment write in the slots @ engine_bodies.h @ SLOW_IF(env->segments_cached >> segment_ & 1); @ SLOW_IF(false); @ engine_traps'
    'PTE stores @ tlb.c @ drop_translation(env, pte_page(addr, old)); @ drop_translation(env, pte_page(addr, new)); @ mmu_tlb'
    'system, MMU @ mmu.c @ (!key && pp != 3) @ (!key && pp != 0) @ mmu'
)

tree=$root_dir/build/mutations

# Objects of unchanged files are kept from one run to the next.
copy_tree() {
    mkdir -p "$tree"
    find "$tree" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} + # files that are gone
    tar -C "$root_dir" --exclude=./build --exclude=./.git -cf - . | tar -C "$tree" -xf -
    (cd "$tree" && cmake --preset release >"$scratch/cmake.log" 2>&1)
}

build() { ninja -C "$tree/build/release" "$1" >"$scratch/build.log" 2>&1; }

vectors_pass() {
    (cd "$tree" && patiently 120 build/release/core99 test tests/insn/*.vec >"$scratch/vec.log" 2>&1)
}

suite_passes() { # SUITE
    patiently 300 "$tree/build/release/unit-tests" -j2 --filter "$1/*" >"$scratch/suite.log" 2>&1
}

# Replace @OLD, which must be there once, in FILE.
replace() { # FILE OLD NEW
    python3 -c '
import sys
path, old, new = sys.argv[1:]
text = open(path).read()
if text.count(old) != 1:
    sys.exit(f"{path}: {text.count(old)} times: {old}")
open(path, "w").write(text.replace(old, new))' "$@"
}

# The name of what fails; nothing if all passes.
caught_by() { # SUITE
    if ! vectors_pass; then
        grep -m 1 '^not ok' "$scratch/vec.log" | cut -c1-60
    elif [ -n "$1" ]; then
        build unit-tests || return # nothing was run, nothing caught it
        suite_passes "$1" || grep -m 1 '^\[FAIL\]' "$scratch/suite.log" | cut -c8-60
    fi
}

mutate() { # CHAPTER FILE OLD NEW SUITE
    local file=$tree/target-ppc/$2 result
    cp "$file" "$scratch/right"
    if ! replace "$file" "$3" "$4" 2>"$scratch/replace.log"; then
        not_ok "$1" "$(cat "$scratch/replace.log")"
        return
    fi
    if build core99; then
        result=$(caught_by "$5")
        if [ -n "$result" ]; then ok "$1: caught by $result"; else not_ok "$1" "no test fails"; fi
    else
        not_ok "$1" "does not compile: $(grep -m 1 error "$scratch/build.log")"
    fi
    cp "$scratch/right" "$file"
}

copy_tree && build core99 || { echo "the copy does not build"; exit 1; }
check "the vectors pass without a mistake" vectors_pass
check "the unit tests build without a mistake" build unit-tests
for suite in $(printf '%s\n' "${mutations[@]}" | awk -F' @ *' '$5 != "" { print $5 }' | sort -u); do
    check "suite $suite passes without a mistake" suite_passes "$suite"
done
for row in "${mutations[@]}"; do
    [[ $row =~ ${CORE99_MUTATIONS:-} ]] || continue
    IFS=@ read -r chapter file old new suite <<<"${row// @ /@}"
    mutate "$chapter" "$file" "$old" "${new% }" "$suite"
done
finish
