"""What another runtime does differently, test by test: docs/compatibility.md tells what each difference is about.

`needs.py` names features, which several tests ask for. Here are the differences that show in single tests. A test
stands with its file, class and name as pytest writes them, up to where all that begins so is meant.
"""

from . import host

CRUN = {
    "has other words for it": """
        test_engines.py::TestContainerd::test_words_that_docker_turns_into_126_and_127
        test_faults.py::TestKilled
        test_faults.py::TestTwoAtOnce
        test_faults.py::TestFullDisk::test_create
        test_capabilities.py::test_file_capabilities_are_bounded
        test_engines.py::TestContainerd::test_words_after_the_end
        test_engines.py::TestFlags::test_systemd_cgroup_without_systemd
        test_exec.py::TestResult::test_missing_program
        test_exec.py::TestResult::test_program_without_execute_bit
        test_hooks.py::TestFailure::test_before_create_returns
        test_hooks.py::TestFailure::test_program_that_cannot_run
        test_lifecycle.py::TestCreated::test_delete_without_force_kills_it
        test_lifecycle.py::TestCreated::test_missing_program_is_an_error_of_create
        test_lifecycle.py::TestDelete::test_twice
        test_lifecycle.py::TestLog::test_json_lines
        test_lifecycle.py::TestLog::test_text
        test_lifecycle.py::TestStopped::test_kill_says_not_running
        test_lifecycle.py::TestUnknown
        test_mounts.py::TestBind::test_file_upon_folder
        test_mounts.py::TestBind::test_folder_upon_file
        test_mounts.py::TestBind::test_missing_source
        test_mounts.py::TestFileSystems::test_unknown_one
        test_mounts.py::TestOptions::test_what_nobody_knows_is_refused
        test_process.py::TestArguments::test_program_is_not_found_on_the_callers_path
        test_process.py::TestArguments::test_program_that_cannot_run
        test_process.py::TestWorkingDirectory::test_a_file_is_refused
        test_security.py::TestLengths::test_beyond_what_the_kernel_takes
        test_signals.py::TestKill::test_dead_between
        test_sysctl.py::test_value_that_the_kernel_refuses
        test_verbs.py::TestSpec::test_no_arguments
        test_verbs.py::TestSpec::test_no_such_bundle
    """,
    "takes wrong configurations, or leaves their cgroup": """
        test_errors.py::test_config
    """,
    "leaves the cgroup of a launch that fails": """
        test_cgroups.py::TestLimits::test_what_cannot_be_applied_is_an_error
        test_fds.py::TestStandardStreams::test_closed_ones_do_no_harm
        test_namespaces.py::TestJoined::test_what_is_no_namespace_is_refused
        test_namespaces.py::TestJoined::test_wrong_kind_is_refused
        test_namespaces.py::TestUser::test_mapping_without_the_containers_root
        test_security.py::TestDev::test_dev_is_a_link_and_nothing_is_mounted_on_it
    """,
    "refuses what calls itself newer than it": """
        test_errors.py::TestTolerated::test_versions[1.2.1]
    """,
    "has no such verb or flag": """
        test_cgroups.py::TestStatistics::test_once
        test_cgroups.py::TestStatistics::test_out_of_memory
        test_verbs.py::TestEvents::test_out_of_memory_that_ends_the_container
        test_verbs.py::TestUpdate::test_unlimited[-memory
        test_cgroups.py::TestStatistics::test_stream
        test_engines.py::TestContainerd::test_features_without_global_flags
        test_exec.py::TestDetached::test_pidfd_socket
        test_exec.py::TestFlags::test_additional_groups
        test_exec.py::TestState::test_ignore_paused
        test_lifecycle.py::TestProgram::test_features
        test_lifecycle.py::TestProgram::test_help
        test_lifecycle.py::TestProgram::test_single_dash_spelling
        test_lifecycle.py::TestProgram::test_spec_rootless
        test_lifecycle.py::TestPs::test_options_go_to_ps
        test_lifecycle.py::TestRun::test_keep
        test_verbs.py::TestCommandLine::test_empty_values_are_none
        test_verbs.py::TestCommandLine::test_help_of_a_verb
        test_verbs.py::TestCommandLine::test_no_subreaper
        test_verbs.py::TestCommandLine::test_switch_with_a_value
        test_verbs.py::TestEvents::test_counters_grow
        test_verbs.py::TestEvents::test_ends_with_the_container
        test_verbs.py::TestEvents::test_nobody_reads_any_more
        test_verbs.py::TestEvents::test_of_a_stopped_container
        test_verbs.py::TestFeatures
        test_verbs.py::TestPs::test_host_without_ps
        test_verbs.py::TestPs::test_other_processes_are_left_out
        test_verbs.py::TestPs::test_stopped
        test_verbs.py::TestPs::test_without_a_column_of_pids
    """,
    "lists other columns, fields or defaults": """
        test_lifecycle.py::TestCreated::test_state_fields
        test_lifecycle.py::TestFreeze::test_before_start
        test_lifecycle.py::TestList::test_empty
        test_verbs.py::TestCommandLine::test_last_of_several_counts
        test_verbs.py::TestList::test_broken_state_is_told
        test_verbs.py::TestList::test_columns_are_aligned
        test_verbs.py::TestList::test_empty_json_is_null
        test_verbs.py::TestList::test_json_fields
        test_verbs.py::TestSpec::test_rootless
        test_verbs.py::TestSpec::test_what_it_says
    """,
    "takes what is no user, capability, signal or id, or reads it otherwise": """
        test_exec.py::TestFlags::test_unknown_capability
        test_exec.py::TestFlags::test_user_that_is_none
        test_fds.py::TestPreserved::test_bad_count
        test_fds.py::TestPreserved::test_missing_ones_are_refused
        test_lifecycle.py::TestIdentifier::test_accepted[..a]
        test_lifecycle.py::TestIdentifier::test_refused
        test_lifecycle.py::TestKill::test_bad_signal
        test_lifecycle.py::TestKill::test_spelling[term]
        test_lifecycle.py::TestFreeze::test_resume_of_a_running_one_is_refused
        test_exec.py::TestFlags::test_sub_cgroup_outside_is_refused
        test_exec.py::TestFlags::test_security_modules_that_are_off[--process-label]
        test_exec.py::TestProcessFile::test_relative_cwd
        test_terminal.py::TestRefused::test_socket_without_a_terminal
    """,
    "gives an exec'd process less of what the container's has": """
        test_exec.py::TestFlags::test_capability
        test_exec.py::TestFlags::test_env_is_added
        test_exec.py::TestProcess::test_its_parent_is_outside_and_it_leads_a_session
        test_exec.py::TestProcessFile::test_cpu_affinity
        test_exec.py::TestProcessFile::test_io_priority
        test_exec.py::TestProcessFile::test_scheduler
        test_exec.py::TestProcessFile::test_umask_and_oom_score
        test_exec.py::TestSameAsInit::test_limits
        test_exec.py::TestSameAsInit::test_no_new_privileges[True]
        test_exec.py::TestSameAsInit::test_oom_score
        test_exec.py::TestSameAsInit::test_user_and_folder
        test_security.py::TestIdentity::test_passwd_is_a_device
        test_verbs.py::TestExecFlags::test_user_without_a_group_keeps_it
    """,
    "ignores what is newer than it": """
        test_namespaces.py::TestNetDevices::test_missing_one_is_refused
        test_namespaces.py::TestNetDevices::test_moved_and_renamed
        test_net_devices.py
        test_process.py::TestScheduling::test_flags
        test_process.py::TestScheduling::test_io_priority
        test_process.py::TestScheduling::test_memory_policy
        test_process.py::TestScheduling::test_policy
    """,
    "runs hooks at other times, or does not mind how they end": """
        test_hooks.py::TestFailure::test_of_an_early_one_still_runs_poststop
        test_hooks.py::TestFailure::test_of_poststart_is_fatal
        test_hooks.py::TestFailure::test_of_start_container
        test_hooks.py::TestOrder::test_over_a_life
        test_hooks.py::TestState::test_on_stdin[createContainer
        test_hooks.py::TestState::test_on_stdin[createRuntime
        test_hooks.py::TestState::test_on_stdin[prestart
        test_hooks.py::TestState::test_on_stdin[startContainer
    """,
    "passes descriptors and environment on otherwise": """
        test_engines.py::TestPodman::test_an_empty_environment
        test_fds.py::TestListenDescriptors::test_of_socket_activation
        test_process.py::TestEnvironment::test_home_is_set_where_absent
        test_verbs.py::TestDescriptors::test_listen_fds_for_somebody_else
    """,
    "treats mount options otherwise": """
        test_mounts.py::TestCopyUp::test_content_and_attributes
        test_mounts.py::TestHiding::test_flags_of_what_is_made_read_only_are_kept
        test_mounts.py::TestIdmap::test_recursive
        test_mounts.py::TestOptions::test_mode_of_tmpfs_is_the_targets_where_not_given
        test_mounts.py::TestOptions::test_of_a_bind[nosymfollow
        test_mounts.py::TestOptions::test_of_a_new_file_system[nosymfollow
        test_mounts.py::TestOptions::test_of_a_new_file_system[symfollow
        test_mounts.py::TestOptions::test_of_the_superblock[iversion
        test_mounts.py::TestOptions::test_of_the_superblock[loud
        test_mounts.py::TestOptions::test_of_the_superblock[noiversion
        test_mounts.py::TestOptions::test_of_the_superblock[silent
        test_mounts.py::TestOptions::test_the_last_of_two_opposites_wins
        test_mounts.py::TestPropagation::test_from_the_host[rshared-True
        test_mounts.py::TestPropagation::test_from_the_host[rslave-True
        test_mounts.py::TestPropagation::test_from_the_host[slave-True
        test_mounts.py::TestPropagation::test_of_one_mount[runbindable
        test_mounts.py::TestPropagation::test_of_one_mount[unbindable
        test_mounts.py::TestRecursive::test_reaches_below[ratime
        test_mounts.py::TestRecursive::test_reaches_below[rdiratime
        test_mounts.py::TestRecursive::test_reaches_below[rnoatime
        test_mounts.py::TestRecursive::test_reaches_below[rnodiratime
        test_mounts.py::TestRecursive::test_reaches_below[rnostrictatime
        test_mounts.py::TestRecursive::test_reaches_below[rnosymfollow
        test_mounts.py::TestRecursive::test_reaches_below[rstrictatime
        test_mounts.py::TestRecursive::test_takes_away_what_the_source_has[ratime
        test_mounts.py::TestRecursive::test_takes_away_what_the_source_has[rdiratime
        test_mounts.py::TestRecursive::test_takes_away_what_the_source_has[rrelatime
        test_mounts.py::TestRecursive::test_takes_away_what_the_source_has[rstrictatime
        test_mounts.py::TestRemount::test_flags_are_taken_back
        test_mounts.py::TestRemount::test_propagation
    """,
    "has no such defence": """
        test_mounts.py::TestTarget::test_dots_stay_inside
        test_security.py::TestBoundMounts::test_flags_of_the_host_stay_in_a_user_namespace[True-ro]
        test_security.py::TestDev::test_closed_or_null_stdin_is_not_the_images
        test_security.py::TestDev::test_masking_with_a_false_null
        test_security.py::TestDev::test_terminal_with_links_in_dev
        test_security.py::TestIdentity::test_passwd_is_a_fifo
        test_security.py::TestOwnProgram::test_waiting_init_is_not_the_installed_file
        test_security.py::TestProc::test_bind_upon_it_is_refused
        test_security.py::TestProc::test_something_else_in_the_place_of_proc
        test_seccomp.py::TestNotify::test_path_is_needed
        test_signals.py::TestRun::test_killed_run_can_be_cleaned_up
    """,
    "differs in details of this": """
        test_lifecycle.py::TestCreated::test_relative_paths_follow_the_working_directory
        test_lifecycle.py::TestRun::test_processes_left_in_a_shared_pid_namespace_are_ended
        test_lifecycle.py::TestRunning::test_delete_is_refused
        test_namespaces.py::TestTime::test_offsets_without_the_namespace_are_refused
        test_process.py::TestLimits::test_runtimes_own_descriptors_do_not_count
        test_cgroups.py::TestFreeze::test_kernel_says_frozen
        test_terminal.py::TestExec::test_size_in_the_process_file
        test_terminal.py::TestPerson::test_exec
        test_terminal.py::TestPerson::test_settings_are_restored
        test_terminal.py::TestPerson::test_size_and_its_changes_are_passed_on
    """,
    "takes plain numbers alone for limits": """
        test_verbs.py::TestUpdate::test_units
        test_verbs.py::TestUpdate::test_swap_alone
    """,
    "updates what has ended, and no quota to none": """
        test_verbs.py::TestUpdate::test_stopped
        test_verbs.py::TestUpdate::test_quota_is_taken_away
    """,
    "cannot make or join time namespaces on this kernel": """
        test_namespaces.py::TestNew::test_time
        test_namespaces.py::TestJoined::test_time
        test_namespaces.py::TestTime
    """,
    "keeps noatime of the file system that a bind mount comes from": """
        test_mounts.py::TestOptions::test_of_a_bind[atime-!noatime]
        test_mounts.py::TestOptions::test_of_a_bind[norelatime-!noatime]
        test_mounts.py::TestOptions::test_of_a_bind[nostrictatime-!noatime]
    """,
    "shows all cgroups where there is no cgroup namespace": """
        test_security.py::TestCgroupView::test_only_its_own_is_seen[False]
    """,
    "does not keep the host's flags of a bind mount in a user namespace": """
        test_security.py::TestBoundMounts::test_flags_of_the_host_stay_in_a_user_namespace
    """,
    "colours its own words at a terminal, and the payload": """
        test_terminal.py::TestPerson::test_output_and_exit_code
    """,
}
"""Of crun 1.8.1."""

RUNC = {
    "leaves the cgroup of a container that shares the host's pids": """
        test_exec.py::TestDetached::test_dies_with_delete_in_a_shared_pid_namespace
        test_lifecycle.py::TestDelete::test_leftover_processes_of_a_stopped_container
        test_lifecycle.py::TestKill::test_without_all_only_init
        test_lifecycle.py::TestRun::test_processes_left_in_a_shared_pid_namespace_are_ended
        test_lifecycle.py::TestRunning::test_delete_force_without_pid_namespace
    """,
    "takes wrong configurations, or leaves their cgroup": """
        test_errors.py::test_config[device-rule-major
        test_errors.py::test_config[more-mappings-than-the-kernel-takes
        test_errors.py::test_config[user-namespace-path-and-mappings
        test_errors.py::test_config[hooks.createRuntime=[{'path':
        test_cgroups.py::TestLimits::test_what_cannot_be_applied_is_an_error[{"memory": {"swappiness":
    """,
    "raises the soft limit of descriptors": """
        test_exec.py::TestProcessFile::test_everything
        test_exec.py::TestSameAsInit::test_limits
        test_process.py::TestLimits::test_unset_ones_are_inherited
    """,
    "keeps noatime of the file system that a bind mount comes from": """
        test_mounts.py::TestOptions::test_of_a_bind[atime-!noatime]
        test_mounts.py::TestOptions::test_of_a_bind[norelatime-!noatime]
        test_mounts.py::TestOptions::test_of_a_bind[nostrictatime-!noatime]
    """,
    "shows all cgroups where there is no cgroup namespace": """
        test_security.py::TestCgroupView::test_only_its_own_is_seen[False]
    """,
    "wants a limit of memory beside one of swap": """
        test_verbs.py::TestUpdate::test_swap_alone
    """,
}
"""Of runc 1.1.5, on cgroup v2 alone."""

_known = {
    "crun": [(test, what) for what, tests in CRUN.items() for test in tests.strip().splitlines()],
    "runc": [(test, what) for what, tests in RUNC.items() for test in tests.strip().splitlines()],
}


def reason(test, runtime):
    """Why a test does not hold for the runtime, or None."""
    if runtime.kind == "runc" and set(host.hierarchies()) != {"unified"}:
        return None
    for beginning, what in _known.get(runtime.kind, ()):
        if test.startswith(beginning.strip()):
            return f"{runtime.kind} {runtime.version} {what}"
    return None
